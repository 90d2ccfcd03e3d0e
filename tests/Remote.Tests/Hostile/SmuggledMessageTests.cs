using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Remote.Testing;
using Remote.Tests.Messages;

namespace Remote.Tests;

/// <summary>Peers that put into a batch, which a mailbox takes apart, what they may not send.</summary>
[Trait("Behaviour", "T-16")]
public sealed class SmuggledMessageTests : IAsyncLifetime
{
    private readonly InMemoryNetwork _network = new();
    private readonly TaskCompletionSource _spawned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TestNode _node = null!;
    private Stranger _stranger = null!;

    public async Task InitializeAsync()
    {
        _node = await TestNode.StartAsync(
            options => options.Hooks.AuthorizeOperation = operation =>
                operation.Kind == RemoteOperationKind.Stop || operation is { Kind: RemoteOperationKind.Spawn, Subject: "secret" }
                    ? RemotePermission.Deny("no") : RemotePermission.Allow,
            setup => setup.AddMessages(MessagesReflection.Descriptor)
                .AddKind("secret", Props.FromFunc(_ => Task.CompletedTask))
                .AddKind("open", Props.FromFunc(context =>
                {
                    if (context.Message is Started)
                    {
                        _spawned.TrySetResult();
                    }

                    return Task.CompletedTask;
                })),
            _network);
        _node.Spawn("sink");
        _stranger = await Stranger.ConnectAsync(_node.Address, connect: _network.ConnectAsync);
    }

    public async Task DisposeAsync()
    {
        await _stranger.DisposeAsync();
        await _node.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Theory]
    [InlineData("$activator")]
    [InlineData("activator")]
    [InlineData("sink")]
    public async Task Pill_StopsNobody(string target)
    {
        await _stranger.SendAsync(target, Batch(new PoisonPill()));

        await RefusedAsync(target, DeadLetterReason.Malformed);
        await SettleAsync();
    }

    [Fact]
    public async Task Spawn_SpawnsNothing()
    {
        await _stranger.SendAsync("$activator", Batch(new ActorPidRequest { Kind = "secret", Name = "planted" }));

        await RefusedAsync("$activator", DeadLetterReason.Malformed);
        await SettleAsync();
        Assert.Null(_node.Find("planted"));
    }

    [Fact]
    public async Task Terminated_ReachesNobody()
    {
        await _stranger.SendAsync("sink", Batch(new Terminated { Who = new PID("stranger:1", "x") }));

        await RefusedAsync("sink", DeadLetterReason.Malformed);
        await SettleAsync();
    }

    [Fact]
    public async Task JsonOfATypeOfTheFramework_IsAnUnknownType()
    {
        var batch = new BatchTransport
        {
            TypeNames = { "System.Net.WebClient, System.Net.WebClient" },
            Envelopes = { new PackedEnvelope { SerializerId = 1, MessageData = ByteString.CopyFromUtf8("{}") } },
        };

        await _stranger.SendAsync("sink", batch);

        await RefusedAsync("sink", DeadLetterReason.UnknownType);
        await SettleAsync();
        Assert.DoesNotContain(AppDomain.CurrentDomain.GetAssemblies(), assembly => assembly.GetName().Name == "System.Net.WebClient");
    }

    [Fact]
    public async Task MoreMessagesThanABatchMayHold_AreNotDelivered()
    {
        var batch = Batch(new Hello());
        batch.Envelopes.Add(Enumerable.Repeat(new PackedEnvelope(), 100_000));

        await _stranger.SendAsync("sink", batch);

        await RefusedAsync("sink", DeadLetterReason.Malformed);
        await SettleAsync();
    }

    [Fact]
    public async Task OrdinaryMessages_AreDeliveredOneByOne()
    {
        await _stranger.SendAsync("sink", Batch(new StringValue { Value = "1" }, new StringValue { Value = "2" }));

        Assert.Equal("1", ((StringValue)(await _node.NextReceiptAsync("sink")).Message).Value);
        Assert.Equal("2", ((StringValue)(await _node.NextReceiptAsync("sink")).Message).Value);
    }

    private static BatchTransport Batch(params IMessage[] contents)
    {
        var batch = new BatchTransport();
        foreach (var content in contents)
        {
            batch.TypeNames.Add(content.Descriptor.FullName);
            batch.Envelopes.Add(new PackedEnvelope { TypeId = batch.TypeNames.Count - 1, MessageData = content.ToByteString() });
        }

        return batch;
    }

    private async Task RefusedAsync(string target, DeadLetterReason reason)
    {
        var letter = await _node.Events.NextAsync<RemoteDeadLetterEvent>();
        Assert.Equal((target, reason), (letter.Pid.Id, letter.Reason));
        Assert.Equal("remote.tests.BatchTransport", ((UndecodedMessage)letter.Message).TypeName);
    }

    /// <summary>The sink has had nothing before this, and the activator spawns what it may.</summary>
    private async Task SettleAsync()
    {
        await _stranger.SendAsync("sink", new StringValue { Value = "settled" });
        Assert.Equal("settled", Assert.IsType<StringValue>((await _node.NextReceiptAsync("sink")).Message).Value);
        await _stranger.SendAsync("$activator", new ActorPidRequest { Kind = "open" });
        await _spawned.Task.Within("a spawn");
    }
}
