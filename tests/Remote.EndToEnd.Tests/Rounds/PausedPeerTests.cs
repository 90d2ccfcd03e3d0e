using System.Diagnostics;
using System.Globalization;
using Proto;
using Remote.TestNode;
using Process = System.Diagnostics.Process;

namespace Remote.EndToEnd.Tests;

/// <summary>
/// Peers that are slow or have nothing to say, which is not the same as dead. Real time has to pass here: what is looked at is a real kernel that
/// stops a real process, and real timers on both sides that must not fire meanwhile.
/// </summary>
[Trait("Behaviour", "R-06")]
public sealed class PausedPeerTests
{
    private const int Messages = 1000, PauseSeconds = 3;

    [Fact]
    public async Task Peer_IsPausedForThreeSeconds_IsNotDeclaredDead()
    {
        using var folder = new TemporaryFolder();
        await using var node = await TestCoordinator.StartAsync();
        await using var peer = await PeerProcess.StartAsync(PeerPlace.Next(), $"ledger={folder.Of("ledger")}");
        var sink = new PID(peer.Address, SinkActor.Name);
        var watched = node.Root.SpawnNamed(Props.FromFunc(_ => Task.CompletedTask), "watched");
        await peer.WatchAsync(node.Address, watched.Id);
        var watches = await WatchSinkAsync(node, sink);

        // A shell counts the time and lets the peer go on again, even if this test ends before.
        using var shell = Process.Start(new ProcessStartInfo(
            "/bin/sh", ["-c", $"""kill -STOP "$0" && echo paused && sleep {PauseSeconds}; kill -CONT "$0" """, peer.ProcessId.ToString(CultureInfo.InvariantCulture)])
        { RedirectStandardOutput = true })!;
        Assert.Equal("paused", await shell.StandardOutput.ReadLineAsync().Within("pausing the peer"));
        var since = Stopwatch.GetTimestamp();
        for (var i = 0; i < Messages; i++)
        {
            node.Root.Send(sink, new Numbered { FromLife = 1, ToLife = 1, Number = i });
        }

        await node.AskAsync(sink, life: 1);
        Assert.InRange(Stopwatch.GetElapsedTime(since).TotalSeconds, PauseSeconds - 0.5, double.MaxValue);
        await shell.WaitForExitAsync().Within("the end of the pause");

        using (var ledger = Ledger.Open(folder.Of("ledger")))
        {
            Assert.Equal((Messages, 0L, 0L), (ledger.Received, ledger.Doubled, ledger.Disordered));
        }

        VerifyNothingHappened(node, peer);
        await watches.ExpectAsync("during the pause", new Dictionary<WatchLedger.Pair, TerminatedReason[]>());
        await node.Root.StopAsync(watched).Within("stopping what the peer watches");
        Assert.Equal((watched.Id, "Stopped"), await peer.TerminatedAsync());
    }

    [Fact]
    public async Task IdleConnection_StaysForThreeTimeouts()
    {
        // Long enough that a busy machine does not look like a dead one.
        var timeout = TimeSpan.FromSeconds(1.5);
        await using var node = await TestCoordinator.StartAsync(options => (options.Heartbeat.Interval, options.Heartbeat.Timeout) = (timeout / 5, timeout));
        await using var peer = await PeerProcess.StartAsync(PeerPlace.Next(), $"heartbeat={(timeout / 5).TotalMilliseconds} timeout={timeout.TotalMilliseconds}");
        var sink = new PID(peer.Address, SinkActor.Name);
        await node.AskAsync(sink, life: 1);

        // Nothing happens, so there is nothing to wait for but the time itself.
        await Task.Delay(3 * timeout, TimeProvider.System);

        await node.AskAsync(sink, life: 1);
        VerifyNothingHappened(node, peer);
    }

    /// <summary>Neither side lost its connection.</summary>
    private static void VerifyNothingHappened(TestCoordinator node, PeerProcess peer)
    {
        Assert.Equal([peer.Address], node.Events.Events.Select(happened => Assert.IsType<EndpointConnected>(happened).Address));
        var statistics = node.Remote.GetEndpointStatistics(peer.Address)!;
        Assert.Equal((EndpointState.Connected, 0, 0L), (statistics.State, statistics.Reconnects, statistics.Unconfirmed));
        Assert.False(peer.HasSaid("reconnecting") || peer.HasSaid("endpoint-terminated"), $"The peer lost its connection. {peer.Describe()}");
    }

    private static async Task<WatchLedger> WatchSinkAsync(TestCoordinator node, PID sink)
    {
        var ledger = new WatchLedger();
        await WatcherActor.WatchAsync(node, WatcherActor.Spawn(node, 1, ledger), sink);
        await node.AskAsync(sink, life: 1);
        return ledger;
    }
}
