using System.Collections.Concurrent;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>A thousand watchers here, each of its own actor there: whatever ends these, each is told once, and none for somebody else.</summary>
public sealed class ManyWatchersTests : IAsyncLifetime
{
    private static readonly int Count = TestScale.IsLong ? 1000 : 100;

    private readonly InMemoryNetwork _network = new();
    private TestNode _here = null!;
    private TestNode _there = null!;

    public async Task InitializeAsync()
    {
        _here = await TestNode.StartAsync(TestPeers.GiveUpQuickly, network: _network);
        _there = await TestNode.StartAsync(network: _network);
    }

    public async Task DisposeAsync()
    {
        await _here.DisposeAsync();
        await _there.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Theory]
    [InlineData(Ending.Stop, TerminatedReason.Stopped)]
    [InlineData(Ending.Failure, TerminatedReason.Stopped)]
    [InlineData(Ending.Missing, TerminatedReason.NotFound)]
    [InlineData(Ending.NodeLost, TerminatedReason.AddressTerminated)]
    [Trait("Behaviour", "W-01")]
    public async Task Watched_End_EachWatcherIsToldOnceAndWhy(Ending ending, TerminatedReason why)
    {
        var targets = ending == Ending.Missing ? Pids() : SpawnTargets();
        await using var watchers = new Watchers(_here, "first");
        await watchers.WatchAsync(targets);

        await EndAsync(ending, targets);

        await watchers.ExpectAsync(Count, why);
    }

    [Fact]
    [Trait("Behaviour", "W-01")]
    public async Task Watched_EndAndTheirNamesAreTakenAtOnce_NobodyIsToldOfThePredecessor()
    {
        var targets = SpawnTargets();
        await using var first = new Watchers(_here, "first");
        await first.WatchAsync(targets);

        await EndAsync(Ending.Stop, targets);
        SpawnTargets();
        await using var second = new Watchers(_here, "second");
        await second.WatchAsync(targets);

        await first.ExpectAsync(Count, TerminatedReason.Stopped);
        Assert.Equal(0, second.Told);
        await EndAsync(Ending.Stop, targets);
        await second.ExpectAsync(Count, TerminatedReason.Stopped);
        Assert.Equal(Count, first.Told);
    }

    private PID[] Pids() => [.. Enumerable.Range(0, Count).Select(index => _there.Pid($"target{index}"))];

    private PID[] SpawnTargets()
    {
        var props = Props.FromFunc(Receive).WithGuardianSupervisorStrategy(new OneForOneStrategy((_, _) => SupervisorDirective.Stop, 0, null));
        for (var index = 0; index < Count; index++)
        {
            _there.Root.SpawnNamed(props, $"target{index}");
        }

        return Pids();
    }

    private static Task Receive(IContext context) => context.Message switch
    {
        StringValue { Value: "fail" } => throw new InvalidOperationException("on purpose"),
        StringValue => Answer(context),
        _ => Task.CompletedTask,
    };

    private static Task Answer(IContext context)
    {
        context.Respond(new StringValue { Value = "here" });
        return Task.CompletedTask;
    }

    private async Task EndAsync(Ending ending, PID[] targets)
    {
        switch (ending)
        {
            case Ending.Stop:
                await Task.WhenAll(targets.Select(target => _there.Root.StopAsync(PID.FromAddress(ActorSystem.NoHost, target.Id)))).Within("stopping the targets");
                break;
            case Ending.Failure:
                Array.ForEach(targets, target => _there.Root.Send(target, new StringValue { Value = "fail" }));
                break;
            case Ending.NodeLost:
                _network.Kill(_there.Address, _here.Address);
                break;
        }
    }

    /// <summary>How what is watched ends.</summary>
    public enum Ending
    {
        Stop,
        Failure,
        Missing,
        NodeLost,
    }

    /// <summary>As many actors as there are targets, each of which watches one.</summary>
    private sealed class Watchers(TestNode node, string name) : IAsyncDisposable
    {
        private readonly ConcurrentBag<(string Watcher, Terminated Ended)> _told = [];
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private PID[] _actors = [];

        public int Told => _told.Count;

        /// <summary>Each watches its target, and knows that the Watch has arrived if the target is there.</summary>
        public async Task WatchAsync(PID[] targets)
        {
            _actors = [.. targets.Select(target => node.Root.SpawnNamed(Props.FromFunc(Receive), $"{name}-{target.Id}"))];
            await Task.WhenAll(_actors.Zip(targets, (actor, target) => node.Root.RequestAsync<string>(actor, target, TestTime.Ceiling)))
                .Within("watching");

            // Control passes user messages: who answers this has had the Watch. For one that is missing the answer is a dead letter.
            await node.Root.RequestAsync<object>(targets[^1], new StringValue { Value = "settled" }, TestTime.Ceiling)
                .ContinueWith(static _ => { }, TaskScheduler.Default).Within("settling");
        }

        public async Task ExpectAsync(int count, TerminatedReason why)
        {
            await _all.Task.Within($"{count} watchers are told; {Told} were");

            // What would come a second time comes before these have stopped.
            await Task.WhenAll(_actors.Select(node.Root.PoisonAsync)).Within("stopping the watchers");
            Assert.Equal(count, Told);
            Assert.All(_told, told => Assert.Equal((told.Watcher, why), ($"{name}-{told.Ended.Who.Id}", told.Ended.Why)));
            Assert.Equal(count, _told.Select(told => told.Watcher).Distinct().Count());
        }

        public async ValueTask DisposeAsync() => await Task.WhenAll(_actors.Select(node.Root.PoisonAsync)).Within("stopping the watchers");

        private Task Receive(IContext context)
        {
            switch (context.Message)
            {
                case PID target:
                    context.Watch(target);
                    context.Respond("done");
                    break;
                case Terminated ended:
                    _told.Add((context.Self.Id, ended));
                    if (Told == Count)
                    {
                        _all.TrySetResult();
                    }

                    break;
            }

            return Task.CompletedTask;
        }
    }
}
