using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;
using Remote.Tests.Serialization;

namespace Remote.Tests;

/// <summary>Many nodes come and go: what they used is free again when they are gone.</summary>
[Trait("Behaviour", "E-07")]
public sealed class LeakTests
{
    // Shared futures, the default of Proto.Actor, keep a system as long as the thread lives that asked first.
    private static readonly ActorSystemConfig Actors = new() { SharedFutures = false };

    [Fact]
    public async Task ManyNodesComeAndGo_NoTimerStreamConnectionNodeOrBatchIsLeft()
    {
        var time = new ManualTimeProvider();
        var batches = new CountingPool();
        List<WeakReference> gone = [], latest = [];
        for (var round = 0; round < TestScale.Count(200); round++)
        {
            // Not the latest: whatever ran last may lie about on a stack.
            gone.AddRange(latest);
            latest = await LiveAsync(time, batches, everyoneAtOnce: round % 2 == 0);
        }

        Assert.True(
            AreGone(gone, time),
            $"{gone.Count(node => node.IsAlive)} of {gone.Count} nodes and endpoints are still referenced, and timers armed for {string.Join(", ", time.ArmedTimers)}.");
        Assert.True(batches.Rented > 0, "No batch was rented: the pool is not used.");
        Assert.Equal(0, batches.Out);
    }

    /// <summary>Two nodes and a client talk to each other and leave.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<List<WeakReference>> LiveAsync(ManualTimeProvider time, CountingPool batches, bool everyoneAtOnce)
    {
        await using var network = new InMemoryNetwork();
        var nodes = new List<TestNode>
        {
            await TestNode.StartAsync(setup: setup => setup.BatchArrays = batches, network: network, time: time, system: Actors),
            await TestNode.StartAsync(setup: setup => setup.BatchArrays = batches, network: network, time: time, system: Actors),

            // By the real clock: it acknowledges a few milliseconds after it received something.
            await TestNode.StartClientAsync(setup: setup => setup.BatchArrays = batches, network: network, system: Actors),
        };
        nodes[0].SpawnEcho();
        nodes[1].SpawnEcho();
        Assert.Equal("re:a", await nodes[1].AskAsync(nodes[0].Pid("echo"), "a"));
        Assert.Equal("re:b", await nodes[0].AskAsync(nodes[1].Pid("echo"), "b"));
        Assert.Equal("re:c", await nodes[2].AskAsync(nodes[0].Pid("echo"), "c"));
        for (var i = 0; i < 100; i++)
        {
            nodes[2].Root.Send(nodes[1].Pid("echo"), new StringValue { Value = "more" });
        }

        // Serialized half way, and nothing after it.
        nodes[0].Root.Send(nodes[2].Pid("nobody"), new Broken());

        var references = nodes.Select(node => new WeakReference(node.Remote.Parts))
            .Concat(nodes.SelectMany(node => node.Remote.GetEndpoints().Select(endpoint => new WeakReference(node.Remote.Parts.Table.Find(endpoint.Address)))))
            .ToList();
        if (everyoneAtOnce)
        {
            await Task.WhenAll(nodes.Select(node => node.DisposeAsync().AsTask()));
        }

        foreach (var node in nodes)
        {
            await node.DisposeAsync();
            Assert.Equal(0, node.Remote.Parts.Streams.Count);
        }

        await Task.WhenAll(network.Connections.Select(connection => connection.Closed)).Within("the end of all connections");
        return references;
    }

    /// <summary>The last continuations may still be on their way, and the collector decides by itself what it takes first.</summary>
    private static bool AreGone(List<WeakReference> references, ManualTimeProvider time)
    {
        for (var i = 0; i < 100; i++)
        {
            if (time.ArmedTimers.Count == 0 && !references.Any(reference => reference.IsAlive))
            {
                return true;
            }

            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return false;
    }

    /// <summary>Knows what was not given back, or twice.</summary>
    private sealed class CountingPool : ArrayPool<byte>
    {
        private readonly ConcurrentDictionary<byte[], bool> _out = new(ReferenceEqualityComparer.Instance);
        private int _rented;

        public int Rented => Volatile.Read(ref _rented);

        public int Out => _out.Count;

        public override byte[] Rent(int minimumLength)
        {
            Interlocked.Increment(ref _rented);
            var array = new byte[minimumLength];
            _out[array] = true;
            return array;
        }

        public override void Return(byte[] array, bool clearArray = false) => Assert.True(_out.TryRemove(array, out _), "An array came back that was not out.");
    }
}
