using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;
using static Remote.Tests.LogExpectations;

namespace Remote.Tests;

/// <summary>The program sends before it has started its remoting, or never starts it.</summary>
[Trait("Behaviour", "O-11")]
public sealed class NotStartedTests : IAsyncLifetime
{
    private const string Peer = "peer:5070";
    private const string WayOut = "await system.Remote().StartAsync()";

    private readonly ManualTimeProvider _time = new();
    private readonly TestLog _log = new();
    private readonly ActorSystem _system = new();
    private ReliableRemote _remote = null!;

    private static PID Target => PID.FromAddress(Peer, "greeter");

    public Task InitializeAsync()
    {
        var options = new RemoteOptions();
        (options.Hooks.LoggerFactory, options.Hooks.TimeProvider) = (_log, _time);
        _remote = new ReliableRemote(_system, new TestSetup().ToConfig(), options);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _remote.ShutdownAsync().Within("shutting down");
        await _system.DisposeAsync();
        _log.VerifyNoErrors();
        _log.Dispose();
    }

    [Fact]
    public async Task Request_FailsAtOnce_AndTheLogSaysWhatIsMissing()
    {
        using var events = new EventProbe(_system.EventStream);

        var failure = await Assert.ThrowsAsync<DeadLetterException>(
            () => _system.Root.RequestAsync<StringValue>(Target, new StringValue { Value = "hello" }, TimeSpan.FromHours(1)).Within("the refusal"));

        // Proto.Actor's text, which knows nothing of the reason.
        Assert.Equal($"{Target} no longer exists", failure.Message);
        await _log.WarnsAsync("NotStarted", 2042, Peer, "NotStarted", WayOut);
        AssertSays(Assert.Single(events.Of<RemoteDeadLetterEvent>()).ToString(), "NotStarted", Peer, WayOut);
    }

    [Fact]
    public async Task Sends_ThatAreMany_AreOneWarningAMinuteWithACount()
    {
        for (var number = 0; number < 100; number++)
        {
            _system.Root.Send(Target, new Int32Value { Value = number });
        }

        await _log.WarnsAsync("NotStarted", 2042, Peer, WayOut);
        Assert.Equal(1, _log.Count("NotStarted"));
        _time.Advance(TimeSpan.FromMinutes(1));
        await _log.WarnsAsync("MistakeRepeated", 2068, "99 more NotStarted", Peer);
    }

    [Fact]
    public async Task CallsOfRemote_ThrowAndSayWhatIsMissing()
    {
        var send = await Assert.ThrowsAsync<RemoteException>(() => _system.Root.SendAsync(Target, new StringValue { Value = "hello" }).AsTask().Within("the refusal"));
        var spawn = await Assert.ThrowsAsync<RemoteException>(() => _remote.SpawnAsync(Peer, "greeter").Within("the refusal"));

        Assert.Equal((RemoteError.NotRunning, RemoteError.NotRunning), (send.Error, spawn.Error));
        AssertSays(send.Message, Peer, WayOut);
        AssertSays(spawn.Message, Peer, WayOut);
    }
}
