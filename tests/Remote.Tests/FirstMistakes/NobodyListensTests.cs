using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;
using static Remote.Tests.LogExpectations;

namespace Remote.Tests;

/// <summary>
/// Nobody listens at the address. The first attempt fails at once, the schedule of the others takes 6.2 s, and a request has its own time limit: what is
/// known is said when it is known.
/// </summary>
[Trait("Behaviour", "O-11")]
public sealed class NobodyListensTests : IAsyncLifetime
{
    private const string Nobody = "nobody:5070";
    private const string Error = "ConnectionRefused";

    private static readonly int[] Schedule = [200, 400, 800, 1600, 3200];

    private readonly ManualTimeProvider _time = new();
    private readonly InMemoryNetwork _network = new();
    private TestNode _node = null!;

    // A new one each time: a PID keeps the process that its first sender found.
    private static PID Target => PID.FromAddress(Nobody, "greeter");

    public async Task InitializeAsync() =>
        _node = await TestNode.StartAsync(options => options.Reconnect.Jitter = 0, network: _network, time: _time);

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Fact]
    public async Task FirstAttempt_ThatFails_IsAWarningAtOnce()
    {
        _node.Root.Send(Target, new StringValue { Value = "hello" });

        var line = await _node.Log.WarnsAsync("NotReached", 2041, Nobody, Error, "1 messages wait", "Is the node running, and is its address right?");
        Assert.DoesNotContain("No connection to", line.Text, StringComparison.Ordinal);
        await _node.Events.NextAsync<EndpointReconnecting>();
        var row = _node.Remote.GetEndpointStatistics(Nobody)!;
        Assert.Equal(EndpointState.Backoff, row.State);
        Assert.Contains(Error, row.LastError, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.Zero, _time.Elapsed);
    }

    [Fact]
    public async Task AttemptsThatFail_AreAWarningOnceAMinute()
    {
        _node.Root.Send(Target, new StringValue { Value = "hello" });

        await UseUpAttemptsAsync();
        Assert.Equal(1, _node.Log.Count("NotReached"));
        await _node.Log.WarnsAsync("AttemptsUsedUp", 2005, Nobody, Error, "Is the node running, and is its address right?");

        _time.Advance(TimeSpan.FromMinutes(1));
        await _node.Log.WarnsAsync("MistakeRepeated", 2068, "4 more NotReached", Nobody);
        _node.Root.Send(Target, new StringValue { Value = "hello again" });
        await _node.Events.WaitForCountAsync<EndpointReconnecting>(Schedule.Length + 1);
        Assert.Equal(2, _node.Log.Count("NotReached"));
    }

    [Fact]
    public async Task Request_WithATimeLimitOfItsOwn_EndsByThat_AndTheLogKnewWhyBefore()
    {
        _node.Root.Send(Target, new StringValue { Value = "first" });
        await _node.Log.WarnsAsync("NotReached", 2041, Nobody);

        var failure = await Assert.ThrowsAsync<TimeoutException>(
            () => _node.Root.RequestAsync<StringValue>(Target, new StringValue { Value = "hello" }, TimeSpan.FromMilliseconds(1)));

        // Proto.Actor's text, which knows nothing of the address.
        Assert.Equal("Request didn't receive any Response within the expected time.", failure.Message);
    }

    [Fact]
    public async Task Messages_WhenTheAttemptsAreUsedUp_AreDeadLettersThatSayWhy()
    {
        var asked = _node.RefusalAsync(Target, new StringValue { Value = "asked" });

        await UseUpAttemptsAsync();

        Assert.Equal(DeadLetterReason.EndpointClosed, (await asked).GetReason());
        Assert.Equal(TimeSpan.FromSeconds(6.2), _time.Elapsed);
        var letter = await _node.Events.NextAsync<RemoteDeadLetterEvent>();
        AssertSays(letter.ToString(), "EndpointClosed", Nobody, "Closed", "Unreachable", Error, "Is the node running, and is its address right?");
    }

    [Fact]
    public async Task Messages_InTheQuarantine_AreRefusedAtOnceAndSayWhy()
    {
        _node.Root.Send(Target, new StringValue { Value = "first" });
        await UseUpAttemptsAsync();
        await _node.Events.NextAsync<RemoteDeadLetterEvent>();

        Assert.Equal(DeadLetterReason.Quarantined, await _node.RefusedAsync(Target, "second"));
        var refused = await Assert.ThrowsAsync<RemoteException>(() => _node.Root.SendAsync(Target, new StringValue { Value = "third" }).AsTask().Within("the refusal"));

        AssertSays((await _node.Events.NextAsync<RemoteDeadLetterEvent>()).ToString(), "Quarantined", Nobody, Error);
        Assert.Equal(RemoteError.EndpointClosed, refused.Error);
        AssertSays(refused.Message, Nobody, Error);
    }

    [Fact]
    public async Task Requests_WithoutBuffering_FailAtOnce()
    {
        await using var node = await TestNode.StartAsync(
            options => (options.Reconnect.Outage, options.Reconnect.Jitter) = (OutagePolicy.DeadLetter, 0), network: _network, time: _time);

        await Assert.ThrowsAsync<DeadLetterException>(
            () => node.Root.RequestAsync<StringValue>(Target, new StringValue { Value = "first" }, TimeSpan.FromHours(1)).Within("the refusal of the first"));
        await node.Events.NextAsync<EndpointReconnecting>();
        await Assert.ThrowsAsync<DeadLetterException>(
            () => node.Root.RequestAsync<StringValue>(Target, new StringValue { Value = "later" }, TimeSpan.FromHours(1)).Within("the refusal of a later one"));
        var refused = await Assert.ThrowsAsync<RemoteException>(() => node.Root.SendAsync(Target, new StringValue { Value = "awaited" }).AsTask().Within("the refusal"));

        Assert.Equal(TimeSpan.Zero, _time.Elapsed);
        Assert.All(
            await node.PublishedAsync<RemoteDeadLetterEvent>(), letter => AssertSays(letter.ToString(), "NotConnected", Nobody, "Backoff", Error));
        AssertSays(refused.Message, Nobody, Error);
    }

    [Fact]
    public async Task SpawnAsync_SaysWhatIsKnown()
    {
        var spawning = _node.Remote.SpawnAsync(Nobody, "greeter");
        await _node.Log.WarnsAsync("NotReached", 2041, Nobody);
        _time.Advance(TimeSpan.FromSeconds(5));

        var failure = await Assert.ThrowsAsync<RemoteException>(() => spawning.Within("the refusal"));

        Assert.Equal(RemoteError.Timeout, failure.Error);
        AssertSays(failure.Message, Nobody, "'greeter'", Error);
    }

    [Fact]
    public async Task ConnectionThatBreaks_IsNoWarning_AndNobodyThereAfterwardsIs()
    {
        await using var peer = await TestNode.StartAsync(network: _network, at: "peer:8000", time: _time);
        peer.SpawnEcho();
        await _node.AskAsync(peer.Pid("echo"), "connected");

        _network.Kill(peer.Address, _node.Address);
        await _node.Events.NextAsync<EndpointReconnecting>();
        Assert.Equal(0, _node.Log.Count("NotReached"));
        await _time.WaitForTimerAsync(TimeSpan.FromMilliseconds(200));
        _time.Advance(TimeSpan.FromMilliseconds(200));

        await _node.Log.WarnsAsync("NotReached", 2041, peer.Address, Error);
        _network.Heal(peer.Address);
    }

    private async Task UseUpAttemptsAsync()
    {
        for (var attempt = 0; attempt < Schedule.Length; attempt++)
        {
            await _node.Events.WaitForCountAsync<EndpointReconnecting>(attempt + 1);
            await _time.WaitForTimerAsync(TimeSpan.FromMilliseconds(Schedule[attempt]));
            _time.Advance(TimeSpan.FromMilliseconds(Schedule[attempt]));
        }

        await _node.Events.WaitForCountAsync<EndpointTerminated>(1);
    }
}
