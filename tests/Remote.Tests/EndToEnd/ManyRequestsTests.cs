using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

[Trait("Behaviour", "I-06")]
public sealed class ManyRequestsTests : IAsyncLifetime
{
    private const string Address = "asker:8000";

    // More than Proto.Actor's shared futures have room for, so that both kinds are under way.
    private static readonly int Count = TestScale.IsLong ? 200_000 : 20_000;

    private readonly InMemoryNetwork _network = new();
    private TestNode _there = null!;

    public async Task InitializeAsync() => _there = await TestNode.StartAsync(network: _network);

    public async Task DisposeAsync()
    {
        await _there.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ManyAtOnce_EachGetsItsOwnAnswer(bool sharedFutures)
    {
        var system = new ActorSystemConfig() with { SharedFutures = sharedFutures };
        await using var here = await TestNode.StartAsync(network: _network, system: system);
        _there.Root.SpawnNamed(Props.FromFunc(Echo), "echo");

        var answers = await Task.WhenAll(Enumerable.Range(0, Count).Select(number =>
                here.Root.RequestAsync<Int64Value>(_there.Pid("echo"), new Int64Value { Value = number }, TestTime.Ceiling)))
            .WaitAsync(TestTime.Ceiling);

        Assert.Equal(Enumerable.Range(0, Count).Select(number => (long)number), answers.Select(answer => answer.Value));
    }

    [Fact]
    public async Task AskerIsReplacedAtItsAddress_AnAnswerToTheFormerOneReachesNobody()
    {
        var held = new TaskCompletionSource<PID>(TaskCreationOptions.RunContinuationsAsynchronously);
        _there.Root.SpawnNamed(Props.FromFunc(context => Hold(context, held)), "holder");
        var former = await TestNode.StartAsync(network: _network, at: Address);
        var given = former.Root.RequestAsync<StringValue>(_there.Pid("holder"), new StringValue { Value = "former" }, CancellationToken.None);
        var asker = await held.Task.WaitAsync(TestTime.Ceiling);
        await former.DisposeAsync();

        await using var successor = await TestNode.StartAsync(network: _network, at: Address);
        using var future = successor.Root.GetFuture();
        await successor.AskAsync(Echoing(), "hello");
        _there.Root.Send(asker, new StringValue { Value = "late" });

        // Another way round the same lane, so that the late one has come when this has.
        await successor.AskAsync(Echoing(), "again");
        Assert.False(future.Task.IsCompleted);
        Assert.False(given.IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(0x8000_0000u)]
    [InlineData(uint.MaxValue)]
    public async Task RequestId_AnyBits_ComesBack(uint requestId)
    {
        await using var here = await TestNode.StartAsync(network: _network);
        here.Spawn("asker");
        _there.SpawnEcho();

        here.Root.Request(_there.Pid("echo"), new StringValue { Value = "x" }, new PID(here.Address, "asker") { RequestId = requestId });

        Assert.Equal(requestId, (await _there.NextReceiptAsync("echo")).Sender!.RequestId);
        Assert.Equal(new StringValue { Value = "re:x" }, (await here.NextReceiptAsync("asker")).Message);
    }

    private PID Echoing()
    {
        if (_there.Find("echo") is null)
        {
            _there.SpawnEcho();
        }

        return _there.Pid("echo");
    }

    private static Task Echo(IContext context)
    {
        if (context.Message is Int64Value number)
        {
            context.Respond(number);
        }

        return Task.CompletedTask;
    }

    private static Task Hold(IContext context, TaskCompletionSource<PID> held)
    {
        if (context.Message is StringValue)
        {
            held.TrySetResult(context.Sender!);
        }

        return Task.CompletedTask;
    }
}
