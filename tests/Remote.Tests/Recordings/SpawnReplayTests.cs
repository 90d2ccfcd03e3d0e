using Proto;

namespace Remote.Tests;

/// <summary>Recording 06: remote spawn.</summary>
public sealed class SpawnReplayTests : ReplayTests
{
    [Fact]
    [Trait("Behaviour", "S-01")]
    public async Task Spawn_AsNode1()
    {
        await using var node = await TestNode.StartAsync();
        await using var replay = new Replay("06-spawn").Play("node1", node);
        using var impatient = new CancellationTokenSource();
        List<Task<PID>> spawned = [];
        replay
            .Before(3, () => spawned.Add(node.Remote.SpawnNamedAsync(replay.AddressOf("node2"), "first", "hello")))
            .Before(12, () => spawned.Add(node.Remote.SpawnNamedAsync(replay.AddressOf("node2"), "first", "hello")))
            .Before(15, () => spawned.Add(node.Remote.SpawnAsync(replay.AddressOf("node2"), "hello")))
            .Before(18, () => spawned.Add(node.Remote.SpawnNamedAsync(replay.AddressOf("node2"), "x", "nosuchkind", impatient.Token)))
            .Before(20, () => spawned.Add(CancelThenSpawn()))
            .Before(23, () => spawned.Add(node.Remote.SpawnNamedAsync(replay.AddressOf("node2"), "t", "thrower")))
            .Before(26, () => spawned.Add(node.Remote.SpawnNamedAsync(replay.AddressOf("node2"), "third", "hello")));

        await replay.RunAsync();
        await replay.FinishAsync();

        var there = replay.AddressOf("node2");
        Assert.Equal(new PID(there, "first"), await spawned[0].Within("first"));
        var exists = await Assert.ThrowsAsync<RemoteException>(() => spawned[1].Within("the same name"));
        Assert.Equal((RemoteError.NameExists, new PID(there, "first"), false), (exists.Error, exists.Pid, exists.IsRetryable));
        Assert.Equal(new PID(there, "$1"), await spawned[2].Within("no name"));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => spawned[3].Within("the unknown kind"));
        Assert.Equal(new PID(there, "second"), await spawned[4].Within("second"));
        var failed = await Assert.ThrowsAsync<RemoteException>(() => spawned[5].Within("the throwing producer"));
        Assert.Equal((RemoteError.SpawnFailed, null, false), (failed.Error, failed.Pid, failed.IsRetryable));
        Assert.Equal(new PID(there, "third"), await spawned[6].Within("third"));

        Task<PID> CancelThenSpawn()
        {
            // The played node never answers the unknown kind, as recorded.
            impatient.Cancel();
            return node.Remote.SpawnNamedAsync(replay.AddressOf("node2"), "second", "hello");
        }
    }

    [Fact]
    [Trait("Behaviour", "S-01")]
    public async Task Spawn_AsNode2()
    {
        await using var node = await TestNode.StartAsync(setup: setup => setup
            .AddKind("hello", Props.FromFunc(_ => Task.CompletedTask))
            .AddKind("thrower", Props.FromProducer(() => throw new InvalidOperationException("No actor today."))));
        await using var replay = new Replay("06-spawn").Play("node2", node);
        replay.Instead(19, Difference.UnknownKindIsAnswered, async () =>
        {
            var answer = await replay.NextAsync("s2", "the answer about an unknown kind") as Observed.Envelope;
            Assert.Equal(("remote.ActorPidResponse", "status 2", 20000u, null), (answer?.View.Type, answer?.View.Payload, answer?.View.Target.RequestId, answer?.View.Inner));
        });

        await replay.RunAsync();
        await replay.FinishAsync();
    }
}
