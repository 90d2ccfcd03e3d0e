using Proto;
using Proto.Remote;
using Remote.Testing;
using Remote.TestNode;

namespace Remote.EndToEnd.Tests;

/// <summary>Which of the two connections between two nodes is cut: each node has one of its own to the other.</summary>
[Flags]
internal enum CutSides
{
    Ours = 1,
    Theirs = 2,
    Both = Ours | Theirs,
}

/// <summary>
/// A peer process behind proxies, one per direction, whose connections are cut again and again while actors on both sides watch actors of the
/// other, and end before, during and after the cut. The peer lives on, so nobody may be told that it was lost.
/// </summary>
internal sealed class CutRounds : IAsyncDisposable
{
    /// <summary>How many watched actors of each kind a round has.</summary>
    private const int Targets = 20;

    private static readonly TerminatedReason[] Ended = [TerminatedReason.Stopped, TerminatedReason.NotFound];

    private readonly TestCoordinator _node;
    private readonly FaultProxy _toUs;
    private readonly FaultProxy _toPeer;
    private readonly Random _random = new((int)TestSeed.Value);
    private readonly WatchLedger _ledger = new();
    private readonly Dictionary<WatchLedger.Pair, TerminatedReason[]> _expected = [];
    private readonly PID[] _watchers;
    private readonly PeerProcess _peer = PeerProcess.Start(life: 1);

    private CutRounds(TestCoordinator node, FaultProxy toUs, FaultProxy toPeer)
    {
        _node = node;
        _toUs = toUs;
        _toPeer = toPeer;
        _watchers = [.. Enumerable.Range(0, Targets).Select(i => WatcherActor.Spawn(node, i, _ledger))];
    }

    public static async Task RunAsync(int rounds)
    {
        var (ours, theirs) = (PeerPlace.Next(), PeerPlace.Next());
        await using var toUs = FaultProxy.Start(ours.Address);
        await using var toPeer = FaultProxy.Start(theirs.Address);
        var node = await TestCoordinator.StartAsync(
            RemoteConfig.BindTo(ours.Host, ours.Port).WithAdvertisedHost("127.0.0.1").WithAdvertisedPort(toUs.Port),
            options => options.Reconnect = new ReconnectOptions { InitialDelay = TimeSpan.FromMilliseconds(5), MaxDelay = TimeSpan.FromMilliseconds(20), MaxAttempts = 0 });
        await using var all = new CutRounds(node, toUs, toPeer);
        await all.RunAsync(theirs, rounds);
    }

    public async ValueTask DisposeAsync()
    {
        await _peer.DisposeAsync();
        await _node.DisposeAsync();
    }

    private async Task RunAsync(PeerPlace place, int rounds)
    {
        var round = 0;
        var phase = "the start";
        try
        {
            await _peer.ListenAsync(place, $"retry=5 advertise={_toPeer.Port}");
            await _peer.SpawnAsync("lasting", Targets);
            await WatchAsync("lasting");

            // Both connections stand when this is answered.
            await _node.AskAsync(Pid(SinkActor.Name), life: 1);
            for (round = 1; round <= rounds; round++)
            {
                var sides = (CutSides)_random.Next(1, 4);
                var refuses = _random.Next(2) == 0;
                phase = $"{sides} cut{(refuses ? " for a while" : "")}";
                await RunAsync(round, sides, refuses);
            }

            phase = "the end of those that were watched all the time";
            await _peer.StopAsync("lasting", Targets);
            Expect("lasting", TerminatedReason.Stopped);
            await CompareAsync(phase);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException(
                $"Round {round}, {phase}, seed {TestSeed.Value}: {exception.Message}\nOur events:\n{string.Join('\n', _node.Events.Events.TakeLast(10).Select(happened => happened.GetType().Name))}\nThe peer: {_peer.Describe()}",
                exception);
        }
    }

    private async Task RunAsync(int round, CutSides sides, bool refuses)
    {
        var (before, during, after) = ($"r{round}before", $"r{round}during", $"r{round}after");
        PID[] watched = [.. new[] { before, during, after }.Select(name => _node.Root.SpawnNamed(Props.FromFunc(_ => Task.CompletedTask), name))];
        foreach (var name in new[] { before, during, after })
        {
            await _peer.SpawnAsync(name, Targets);
            await WatchAsync(name);
            await _peer.WatchAsync(_node.Address, name);
        }

        // 1. Some end while the connections break, so that their Terminated may be lost; some while there is none.
        var reconnects = Reconnects();
        await _peer.BeginStopAsync(before, Targets);
        _node.Root.Stop(watched[0]);
        Cut(sides, refuses);
        await _peer.NextAsync("stopped");
        await _peer.StopAsync(during, Targets);
        await _node.Root.StopAsync(watched[1]).Within("stopping what the peer watches");
        _toPeer.Heal();
        _toUs.Heal();

        // 2. Both connections stand again. What ended meanwhile is told; nothing else is.
        await RecoverAsync(sides, reconnects);
        Expect(before, Ended);
        Expect(during, Ended);
        await CompareAsync("after the cut");
        await ExpectToldAsync(round, "before", "during");

        // 3. What ends later is told as if nothing had happened.
        await _peer.StopAsync(after, Targets);
        await _node.Root.StopAsync(watched[2]).Within("stopping what the peer watches");
        Expect(after, TerminatedReason.Stopped);
        await CompareAsync("some time after the cut");
        await ExpectToldAsync(round, "after");
        Assert.Empty(_node.Events.Of<EndpointTerminated>());
        Assert.False(_peer.HasSaid("endpoint-terminated"), "The peer gave this node up.");
    }

    private void Cut(CutSides sides, bool refuses)
    {
        foreach (var (side, proxy) in new[] { (CutSides.Ours, _toPeer), (CutSides.Theirs, _toUs) })
        {
            if (!sides.HasFlag(side))
            {
                continue;
            }

            if (refuses)
            {
                proxy.Refuse();
            }

            Assert.True(proxy.Cut() > 0, $"There was no connection to cut: {side}.");
        }
    }

    private int Reconnects() => _node.Events.Of<EndpointReconnected>().Count;

    /// <summary>
    /// A question goes there on our connection, and its answer comes back on theirs. Not before both stand: what a side writes before it knows of
    /// the cut is lost, and nobody writes it again.
    /// </summary>
    private async Task RecoverAsync(CutSides sides, int reconnects)
    {
        if (sides.HasFlag(CutSides.Ours))
        {
            await _node.Events.WaitForCountAsync<EndpointReconnected>(reconnects + 1, Waiting.Ceiling);
        }

        if (sides.HasFlag(CutSides.Theirs))
        {
            await _peer.NextAsync("reconnected");
        }

        await _node.AskAsync(Pid(SinkActor.Name), life: 1);
    }

    private Task WatchAsync(string group) =>
        Task.WhenAll(_watchers.Select((watcher, i) => WatcherActor.WatchAsync(_node, watcher, Pid($"{group}{i}"))));

    private void Expect(string group, params TerminatedReason[] allowed)
    {
        for (var i = 0; i < Targets; i++)
        {
            _expected.Add(new WatchLedger.Pair(i, $"{group}{i}"), allowed);
        }
    }

    /// <summary>All that the watchers were told, from the first round on.</summary>
    private Task CompareAsync(string phase) => _ledger.ExpectAsync(phase, _expected);

    /// <summary>The peer's own actors are told of ours, once each.</summary>
    private async Task ExpectToldAsync(int round, params string[] names)
    {
        List<(string Id, string Why)> told = [];
        while (told.Count < names.Length)
        {
            told.Add(await _peer.TerminatedAsync());
        }

        Assert.Equal(names.Select(name => $"r{round}{name}").Order(StringComparer.Ordinal), told.Select(end => end.Id).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(told, end => end.Why == nameof(TerminatedReason.AddressTerminated));
    }

    private PID Pid(string id) => new(_toPeer.Address, id);
}
