using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Cluster.PubSub;
using Proto.Mailbox;
using Proto.Remote;
using Remote.Testing;

namespace Remote.Cluster.Tests;

/// <summary>The three messages of Proto.Cluster that carry others, from a peer that puts into them what it may not send.</summary>
[Trait("Behaviour", "T-16")]
public sealed class SmuggledMessageTests : IAsyncLifetime
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    private readonly InMemoryNetwork _network = new();
    private readonly EventProbe _events = new();
    private ActorSystem _node = null!;
    private ActorSystem _peer = null!;

    public async Task InitializeAsync()
    {
        _node = await StartAsync("node");
        _peer = await StartAsync("peer");
        _node.EventStream.Subscribe<RemoteDeadLetterEvent>(_events.Record);
        _node.Root.SpawnNamed(
            Props.FromFunc(context =>
            {
                if (context.Message is not (SystemMessage or InfrastructureMessage))
                {
                    _events.Record(context.Message!);
                }

                return Task.CompletedTask;
            }),
            "sink");
    }

    public async Task DisposeAsync()
    {
        foreach (var system in new[] { _peer, _node })
        {
            await system.Remote().ShutdownAsync().WaitAsync(Ceiling);
            await system.DisposeAsync();
        }

        _events.Dispose();
        await _network.DisposeAsync();
    }

    [Theory]
    [InlineData("mailbox")]
    [InlineData("topic")]
    [InlineData("delivery")]
    public async Task Pill_MakesTheWholeMessageADeadLetter(string way)
    {
        foreach (var target in new[] { "$activator", "sink" })
        {
            _peer.Root.Send(At(target), Carrier(way, new StringValue { Value = "before" }, PoisonPill.Instance));

            var letter = await _events.NextAsync<RemoteDeadLetterEvent>();
            Assert.Equal((DeadLetterReason.Malformed, target), (letter.Reason, letter.Pid.Id));
        }

        _peer.Root.Send(At("sink"), new StringValue { Value = "after" });
        Assert.Equal("after", (await _events.NextAsync<StringValue>()).Value);
    }

    [Theory]
    [InlineData("topic")]
    [InlineData("delivery")]
    public async Task OrdinaryMessages_ArriveAsTheyWereSent(string way)
    {
        _peer.Root.Send(At("sink"), Carrier(way, new StringValue { Value = "1" }, new Note("2")));

        var contents = way == "topic"
            ? (await _events.NextAsync<PubSubBatch>()).Envelopes
            : (await _events.NextAsync<DeliverBatchRequest>()).PubSubBatch.Envelopes;
        Assert.Equal([new StringValue { Value = "1" }, new Note("2")], contents);
    }

    [Fact]
    public async Task OrdinaryMessages_ToAMailbox_AreTakenOneByOne()
    {
        _peer.Root.Send(At("sink"), Carrier("mailbox", new StringValue { Value = "1" }, new Note("2")));

        Assert.Equal("1", (await _events.NextAsync<StringValue>()).Value);
        Assert.Equal(new Note("2"), await _events.NextAsync<Note>());
    }

    private static PID At(string id) => PID.FromAddress("node:8000", id);

    private static object Carrier(string way, params object[] contents)
    {
        var batch = new PubSubBatch();
        batch.Envelopes.AddRange(contents);
        return way switch
        {
            "mailbox" => new PubSubAutoRespondBatch(contents),
            "topic" => batch,
            _ => new DeliverBatchRequest(new Subscribers(), batch, "topic"),
        };
    }

    private async Task<ActorSystem> StartAsync(string name)
    {
        var config = RemoteConfig.BindTo(name, 8000)
            .WithProtoMessages(PubSubContractsReflection.Descriptor, WrappersReflection.Descriptor);
        var system = new ActorSystem().WithRemote(config, options => options.UseNetwork(_network));
        await system.Remote().StartAsync().WaitAsync(Ceiling);
        return system;
    }

    internal sealed record Note(string Text);
}
