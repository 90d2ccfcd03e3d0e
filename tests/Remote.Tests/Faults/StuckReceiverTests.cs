using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>A peer that is alive and whose actor takes nothing in: two minutes in the long mode, three heartbeat timeouts otherwise.</summary>
public sealed class StuckReceiverTests
{
    private const string Peer = "peer:8000";
    private const int Window = 200, Capacity = 5 * Window;

    // In real time, for heartbeats travel in it. Long enough that a busy machine does not look like a dead one.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(TestScale.IsLong ? 15 : 3);
    private static readonly TimeSpan Duration = TestScale.IsLong ? TimeSpan.FromMinutes(2) : 3 * Timeout;

    [Fact]
    [Trait("Behaviour", "B-05")]
    public async Task ActorTakesNothingForMinutes_BothSidesAreBoundedAndItsNeighbourIsServed()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await StartAsync("node", network);
        await using var peer = await StartAsync("peer", network);
        var gate = new TaskCompletionSource();
        using var opened = new Opened(gate);
        peer.Spawn("stuck", async context =>
        {
            if (context.Message is Int32Value)
            {
                await gate.Task;
            }
        });
        peer.SpawnEcho();
        var (offered, asked) = (0, 0);
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < Duration; asked++)
        {
            // Soon far more than the peer grants and the lane holds.
            for (var i = 0; i < Window; i++)
            {
                node.Root.Send(new PID(Peer, "stuck"), new Int32Value { Value = offered++ });
            }

            Assert.Equal($"re:{asked}", await node.AskAsync(new PID(Peer, "echo"), $"{asked}").Within($"answer {asked} of a neighbour"));
            var now = node.Remote.GetEndpointStatistics(Peer)!;
            Assert.Equal(EndpointState.Connected, now.State);
            Assert.InRange(now.QueueLength, 0, Capacity);
            Assert.InRange(now.Acknowledged + now.Retained - asked - 1, 1, Window + (Window / 2));

            // Nothing happens, so there is nothing to wait for but the time itself.
            await Task.Delay(Timeout / 20, TimeProvider.System);
        }

        Assert.Empty(await node.PublishedAsync<EndpointReconnecting>());
        Assert.Equal(0, node.Remote.GetEndpointStatistics(Peer)!.Reconnects);
        gate.SetResult();
        await AssertEachOnceAsync(node, peer, offered, asked);
    }

    /// <summary>Each message was received, in order, or is one dead letter that says why.</summary>
    private static async Task AssertEachOnceAsync(TestNode node, TestNode peer, int offered, int asked)
    {
        var letters = await node.PublishedAsync<RemoteDeadLetterEvent>();
        Assert.NotEmpty(letters);
        Assert.All(letters, letter => Assert.Equal(DeadLetterReason.QueueFull, letter.Reason));
        var dead = letters.Select(letter => ((Int32Value)letter.Message).Value).ToHashSet();
        var received = await peer.Events.WaitForCountAsync<Receipt>(offered - dead.Count + asked);
        Assert.Equal(letters.Count, dead.Count);
        Assert.Equal(
            Enumerable.Range(0, offered).Where(number => !dead.Contains(number)),
            received.Select(receipt => receipt.Message).OfType<Int32Value>().Select(number => number.Value));
    }

    private static Task<TestNode> StartAsync(string host, InMemoryNetwork network) => TestNode.StartAsync(
        options =>
        {
            options.Endpoint.QueueCapacity = Capacity;
            options.Inbound.MaxMessages = Window;
            (options.Heartbeat.Interval, options.Heartbeat.Timeout) = (Timeout / 3, Timeout);
        },
        at: $"{host}:8000",
        network: network);

    /// <summary>A test that fails must not wait for its actor too.</summary>
    private sealed record Opened(TaskCompletionSource Gate) : IDisposable
    {
        public void Dispose() => Gate.TrySetResult();
    }
}
