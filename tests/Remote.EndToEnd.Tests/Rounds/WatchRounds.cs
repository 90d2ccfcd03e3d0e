using Proto;

namespace Remote.EndToEnd.Tests;

/// <summary>How a peer process goes.</summary>
public enum PeerEnd
{
    /// <summary><c>kill -9</c>, and nobody takes its place until it is given up.</summary>
    Killed,

    /// <summary>SIGTERM: it leaves in good order.</summary>
    Left,

    /// <summary>It stops for good with its connections open, and answers nothing any more.</summary>
    Silent,

    /// <summary><c>kill -9</c>, and another process takes its place at once.</summary>
    Restarted,
}

/// <summary>
/// One peer after the other at one address, each watched by the same watchers, each ending in the same way. At every moment all that the watchers
/// were told must be exactly what they had to be told by then.
/// </summary>
/// <remarks>
/// What shows a second Terminated is not a pause but what follows: the watchers watch the same PIDs again, in the next life of the address, and
/// something that is missing there, whose answer goes through all that a late one would go through.
/// </remarks>
internal sealed class WatchRounds : IAsyncDisposable
{
    private readonly PeerEnd _end;
    private readonly TestCoordinator _node;
    private readonly Watchers _watchers;
    private readonly PeerPlace _place = PeerPlace.Next();
    private readonly Dictionary<WatchLedger.Pair, TerminatedReason[]> _expected = [];
    private PeerProcess _peer;
    private int _told;

    private WatchRounds(PeerEnd end, TestCoordinator node)
    {
        _end = end;
        _node = node;
        _watchers = new Watchers(node);
        _peer = PeerProcess.Start(life: 1);
    }

    /// <summary>Runs so many rounds; a failure tells which one and what the peer said.</summary>
    public static async Task RunAsync(PeerEnd end, int rounds)
    {
        await using var all = new WatchRounds(end, await TestCoordinator.StartAsync(options => Configure(options, end)));
        for (var round = 1; round <= rounds; round++)
        {
            await all.AttachAsync(round, () => all.RunAsync(round));
        }

        await all.AttachAsync(rounds + 1, () => all.ListenAndWatchAsync(rounds + 1));
    }

    public async ValueTask DisposeAsync()
    {
        await _peer.DisposeAsync();
        await _node.DisposeAsync();
    }

    private static void Configure(RemoteOptions options, PeerEnd end)
    {
        options.QuarantineDuration = TimeSpan.FromTicks(1);
        options.Reconnect = new ReconnectOptions
        {
            InitialDelay = TimeSpan.FromMilliseconds(5),
            MaxDelay = TimeSpan.FromMilliseconds(50),
            MaxAttempts = end == PeerEnd.Restarted ? 0 : 2,
        };
        if (end == PeerEnd.Silent)
        {
            // Whoever is stopped still completes TCP connections: an attempt ends by these times. Long enough that a busy machine, where five peers
            // start at once, does not look like a dead one.
            (options.ConnectTimeout, options.HandshakeTimeout) = (TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1));
            (options.Heartbeat.Interval, options.Heartbeat.Timeout) = (TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(1));
        }
    }

    private async Task RunAsync(int round)
    {
        // Its runtime starts while this round goes on.
        var next = PeerProcess.Start(round + 1);
        try
        {
            var actorsFirst = round % 2 == 0;
            await ListenAndWatchAsync(round, actorsFirst ? "leave=actors-first" : "");
            await _peer.StopAsync("ending", Watchers.Ending);
            Expect("ending", TerminatedReason.Stopped);
            await CompareAsync(round, "after the actors that end");

            await _peer.BeginStopAsync("racing", Watchers.Racing);
            await EndAsync(next);
            Expect("racing", TerminatedReason.Stopped, TerminatedReason.AddressTerminated);
            Expect("lasting", _end == PeerEnd.Left && actorsFirst ? TerminatedReason.Stopped : TerminatedReason.AddressTerminated);
            await CompareAsync(round, "after the end of the peer");
            await ExpectEventAsync();
        }
        catch
        {
            await next.DisposeAsync();
            throw;
        }

        await _peer.DisposeAsync();
        _peer = next;
    }

    /// <summary>Lets a new life begin, and all watchers watch it: something that is missing too, whose answer says that both watches are there.</summary>
    private async Task ListenAndWatchAsync(int round, string more = "")
    {
        if (_peer.Address.Length == 0)
        {
            await ListenAsync(_peer, more);
        }

        _watchers.Ledger.Clear();
        _expected.Clear();
        var missing = $"missing{round}";
        await _watchers.WatchAsync(watcher => [Pid(Watchers.TargetOf(watcher)), Pid(missing)]);
        foreach (var watcher in Watchers.All)
        {
            _expected.Add(new WatchLedger.Pair(watcher, missing), [TerminatedReason.NotFound]);
        }

        await CompareAsync(round, "after watching");
    }

    private async Task ListenAsync(PeerProcess peer, string more)
    {
        var pulse = _end == PeerEnd.Silent ? "heartbeat=250 timeout=1000" : "";
        await peer.ListenAsync(_place, $"retry=10 {pulse} {more}");
        await peer.SpawnAsync("lasting", Watchers.Lasting);
        await peer.SpawnAsync("ending", Watchers.Ending);
        await peer.SpawnAsync("racing", Watchers.Racing);
    }

    private async Task EndAsync(PeerProcess next)
    {
        switch (_end)
        {
            case PeerEnd.Killed:
                await _peer.KillAsync();
                break;
            case PeerEnd.Left:
                await _peer.LeaveAsync();
                break;
            case PeerEnd.Silent:
                await _peer.PauseAsync();
                break;
            default:
                await _peer.KillAsync();
                await ListenAsync(next, "");
                break;
        }
    }

    /// <summary>The endpoint says once per round that it ended, and why.</summary>
    private async Task ExpectEventAsync()
    {
        var ended = (await _node.Events.WaitForCountAsync<EndpointTerminated>(++_told, Waiting.Ceiling))[_told - 1];
        var expected = _end switch
        {
            PeerEnd.Left => EndpointTerminatedReason.PeerLeft,
            PeerEnd.Restarted => EndpointTerminatedReason.IncarnationEnded,
            _ => EndpointTerminatedReason.Unreachable,
        };
        Assert.Equal((_place.Address, expected), (ended.Address, ended.Reason));
        if (_end == PeerEnd.Silent)
        {
            Assert.Contains(_node.Events.Of<EndpointReconnecting>(), lost => lost.Error.Message.Contains("no sign of life", StringComparison.Ordinal));
        }
    }

    private void Expect(string group, params TerminatedReason[] allowed)
    {
        foreach (var watcher in Watchers.All.Where(watcher => Watchers.TargetOf(watcher).StartsWith(group, StringComparison.Ordinal)))
        {
            _expected.Add(new WatchLedger.Pair(watcher, Watchers.TargetOf(watcher)), allowed);
        }
    }

    private Task CompareAsync(int round, string phase) => _watchers.Ledger.ExpectAsync($"{_end}, round {round}, {phase}", _expected);

    private PID Pid(string id) => new(_place.Address, id);

    private async Task AttachAsync(int round, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"{_end}, round {round} failed: {exception.Message}\nThe peer: {_peer.Describe()}", exception);
        }
    }
}
