using System.Collections.Concurrent;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>
/// Where a caller lets its own continuations run is nobody else's business: a window's thread that is busy, or a scheduler that has ended, holds
/// up no connection, and a caller that blocks until it has its answer gets it (design decision 12).
/// </summary>
[Trait("Behaviour", "I-08")]
public sealed class CallerSchedulerTests : IAsyncLifetime
{
    // Less than the ceiling of the whole, so that the step is named and not the test.
    private static readonly TimeSpan AtMost = TestTime.Ceiling / 3;

    private readonly InMemoryNetwork _network = new();
    private readonly Leaks _leaks = new();
    private TestNode _there = null!;

    public async Task InitializeAsync()
    {
        _there = await TestNode.StartAsync(setup: setup => setup.AddKind("kind", Props.FromFunc(_ => Task.CompletedTask)), network: _network);
        _there.SpawnEcho();
    }

    public async Task DisposeAsync()
    {
        await _there.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SynchronizationContext_OfTheCaller_IsNeverPostedTo(bool isClient)
    {
        await using var system = new ActorSystem();
        var context = new DeafContext(_leaks);

        await OnThread(() =>
        {
            SynchronizationContext.SetSynchronizationContext(context);
            CallEverything(system, isClient);
        });

        _leaks.Verify("connect", "timer", "event");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TaskScheduler_OfTheCaller_IsGivenNothingButTheCaller(bool isClient)
    {
        await using var system = new ActorSystem();
        var scheduler = new OwnScheduler(_leaks);

        await Task.Factory.StartNew(() => CallEverything(system, isClient), CancellationToken.None, TaskCreationOptions.None, scheduler).Within("the caller");

        _leaks.Verify("connect", "timer", "event");
    }

    /// <summary>All that a user does with a node, one after the other, on a thread that blocks for each.</summary>
    private void CallEverything(ActorSystem system, bool isClient)
    {
        var remote = Make(system, isClient);
        system.EventStream.Subscribe<EndpointConnected>(_ => _leaks.Look("event"));
        Wait(remote.StartAsync(), "the start");
        var (echo, nobody) = (_there.Pid("echo"), _there.Pid("nobody"));

        // The first message connects; a lone one is written by its sender.
        system.Root.Send(echo, Text("sent"));
        Wait(remote.WaitForConnectionAsync(_there.Address), "the connection");
        var taker = system.Root.Spawn(Props.FromFunc(context =>
        {
            if (context.Message is Started)
            {
                context.Watch(nobody);
            }

            return Task.CompletedTask;
        }));
        system.Root.Request(echo, Text("asked"), taker);
        Wait(system.Root.RequestAsync<StringValue>(echo, Text("asked"), TestTime.Ceiling), "the answer");
        Wait(remote.SpawnAsync(_there.Address, "kind"), "the spawn");
        Wait(remote.SpawnNamedAsync(_there.Address, $"named-{isClient}", "kind"), "the named spawn");
        remote.PeerBlockList.BlockSystem("somebody", duration: TimeSpan.FromMilliseconds(1));
        remote.PeerBlockList.BlockAddress("somebody:1");
        Wait(Assert.ThrowsAsync<RemoteException>(() => remote.WaitForConnectionAsync("somebody:1")), "the refusal");
        Assert.NotEmpty(remote.GetEndpoints());
        Wait(remote.ReconnectAsync(_there.Address), "a new connection");
        _network.Cut(_there.Address);
        Wait(Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => system.Root.SendAsync(echo, Text("awaited")).AsTask())), "room in the lane");
        using var answer = system.Root.GetFuture();
        Wait(system.Root.SendAsync(echo, new Proto.MessageEnvelope(Text("after a cut"), answer.Pid)).AsTask(), "room in the lane again");
        Wait(answer.Task, "the answer after a cut");
        Wait(remote.DisconnectAsync(_there.Address), "leaving");
        Wait(system.Root.RequestAsync<StringValue>(echo, Text("again"), TestTime.Ceiling), "the answer of the next life");
        Wait(((IRemote)remote).ShutdownAsync(), "the shutdown");
        Wait(remote.DisposeAsync().AsTask(), "the end");
        Wait(Assert.ThrowsAsync<InvalidOperationException>(remote.StartAsync), "the refusal of another start");
    }

    private ReliableRemote Make(ActorSystem system, bool isClient)
    {
        var setup = new TestSetup().UseNetwork(_network);
        var options = new RemoteOptions();
        (options.Endpoint.QueueCapacity, options.Reconnect.InitialDelay) = (10, TimeSpan.FromMilliseconds(1));
        (options.Heartbeat.Interval, options.Heartbeat.Timeout) = (TimeSpan.FromMilliseconds(40), TestTime.Ceiling);
        setup.TimeProvider = new WatchedTime(_leaks);
        var connect = setup.Connect!;
        setup.Connect = (endPoint, cancellation) =>
        {
            _leaks.Look("connect");
            return connect(endPoint, cancellation);
        };
        setup.Fill(options.Hooks);
        return isClient ? new ReliableClientRemote(system, setup.ToConfig(), options) : new ReliableRemote(system, setup.ToConfig(), options);
    }

    private static StringValue Text(string text) => new() { Value = text };

    // Not awaited: the test's own continuations would be the first to be posted.
    private void Wait(Task task, string phase)
    {
        var isDone = task.Wait(AtMost);

        // What was given away and not run says more than that somebody waits for it.
        _leaks.Verify();
        Assert.True(isDone, $"{phase}: not done within {AtMost}.");
    }

    private static Task OnThread(Action act)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                act();
                ended.SetResult();
            }
            catch (Exception exception)
            {
                ended.SetException(exception);
            }
        });
        thread.Start();
        return ended.Task.Within("the caller");
    }

    /// <summary>What was given to the caller's, and where something of the caller's was seen by code that is not on its thread.</summary>
    private sealed class Leaks
    {
        private readonly ConcurrentQueue<string> _seen = [];
        private readonly ConcurrentDictionary<string, bool> _looks = [];

        public void Given(string what) => _seen.Enqueue($"{what}\n{Environment.StackTrace}");

        public void Look(string where)
        {
            _looks[where] = true;
            if (SynchronizationContext.Current is DeafContext || TaskScheduler.Current is OwnScheduler)
            {
                Given(where);
            }
        }

        public void Verify(params string[] places)
        {
            Assert.Empty(_seen);
            Assert.All(places, place => Assert.True(_looks.ContainsKey(place), $"There was no {place}."));
        }
    }

    /// <summary>Runs nothing that it is given.</summary>
    private sealed class DeafContext(Leaks leaks) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => leaks.Given($"Post of {d.Method}");

        public override void Send(SendOrPostCallback d, object? state) => leaks.Given($"Send of {d.Method}");

        public override SynchronizationContext CreateCopy() => this;
    }

    /// <summary>Runs the caller on a thread of its own, and nothing else.</summary>
    private sealed class OwnScheduler(Leaks leaks) : TaskScheduler
    {
        private int _count;

        protected override void QueueTask(Task task)
        {
            if (Interlocked.Increment(ref _count) == 1)
            {
                new Thread(() => TryExecuteTask(task)).Start();
            }
            else
            {
                leaks.Given("A task.");
            }
        }

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued)
        {
            leaks.Given("A task, inline.");
            return false;
        }

        protected override IEnumerable<Task> GetScheduledTasks() => [];
    }

    private sealed class WatchedTime(Leaks leaks) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => base.CreateTimer(
            argument =>
            {
                leaks.Look("timer");
                callback(argument);
            },
            state,
            dueTime,
            period);
    }
}
