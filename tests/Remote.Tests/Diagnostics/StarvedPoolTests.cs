using System.Diagnostics;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Proto;

namespace Remote.Tests;

/// <summary>A node in a process of its own, where 64 actors block every thread there is, and a peer that is well.</summary>
public sealed class StarvedPoolTests
{
    // Shorter than what the pool needs for 64 threads by itself (half a minute), longer than what the guard needs (one to two seconds).
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(1500);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(6);

    /// <summary>How long the actors block. Nothing but heartbeats keeps the connections alive meanwhile.</summary>
    private static readonly TimeSpan Blocked = TestScale.IsLong ? TimeSpan.FromSeconds(25) : 1.5 * Timeout;

    [Fact]
    public async Task Actors_BlockEveryThread_TimersReadLoopsAndOtherActorsGoOn()
    {
        await using var process = StarvedProcess.Start(StarvedProgram.Node, Text(Interval), Text(Timeout));
        var address = await process.ReadAsync("listening on ");
        await using var peer = await TestNode.StartAsync(options => (options.Heartbeat.Interval, options.Heartbeat.Timeout) = (Interval, Timeout));
        process.Order($"connect {peer.Address}");
        await process.ReadAsync("connected");
        var echo = new PID(address, "echo");
        await peer.AskAsync(echo, "before");
        var since = Connected(peer, address);

        process.Order("block");
        var started = Stopwatch.GetTimestamp();

        // The read loop and the actor get their turn, though everything that blocks was there first. Heartbeats are read by the same loop.
        var answer = await peer.Root.RequestAsync<StringValue>(echo, new StringValue { Value = "starved" }, TestTime.Ceiling);
        Assert.Equal("re:starved", answer.Value);
        Assert.Equal("True", await process.ReadAsync("blocked "));

        // The claim is about so long a time; no event shortens it.
        await Task.Delay(Blocked - Stopwatch.GetElapsedTime(started) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero);

        // From here, and from there.
        Assert.Equal(since, Connected(peer, address));
        Assert.Empty(await peer.PublishedAsync<EndpointReconnecting>());
        Assert.DoesNotContain(peer.Log.Lines, line => line.Event.Name == "InboundLost");
        process.Order($"tell {peer.Address}");
        Assert.Equal("Connected, 0 reconnecting, 0 lost", await process.ReadAsync("told "));
        Assert.Equal("re:still", await peer.AskAsync(echo, "still"));
        Assert.Equal(0, await process.EndAsync());
    }

    private static (DateTimeOffset? Since, int Reconnects) Connected(TestNode from, string to)
    {
        var statistics = from.Remote.GetEndpointStatistics(to)!;
        Assert.Equal(EndpointState.Connected, statistics.State);
        return (statistics.ConnectedSince, statistics.Reconnects);
    }

    private static string Text(TimeSpan time) => time.TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture);
}
