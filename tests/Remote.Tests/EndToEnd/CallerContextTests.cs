using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>
/// Nothing of a caller's context goes along with what its call sets in motion: no value of an AsyncLocal, no activity (design decision 12).
/// </summary>
[Trait("Behaviour", "I-08")]
public sealed class CallerContextTests : IAsyncLifetime
{
    private static readonly AsyncLocal<object?> Mark = new();

    private readonly InMemoryNetwork _network = new();
    private readonly Leaks _leaks = new();
    private TestNode _there = null!;

    public async Task InitializeAsync() => _there = await TestNode.StartAsync(setup: Watched, network: _network);

    public async Task DisposeAsync()
    {
        await _there.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FirstSender_IsSeenByNothingThatItsMessageSetsInMotion(bool isClient)
    {
        await using var here = await StartAsync(isClient);
        _there.SpawnEcho();
        await OnMarkedThread(() =>
        {
            here.Root.Send(_there.Pid("echo"), new Marked("first"));
            here.Root.Send(_there.Pid("echo"), new Marked("second"));
            here.Root.SendAsync(_there.Pid("nobody"), new Marked("third")).AsTask().Wait(TestTime.Ceiling);
        });
        await _there.Events.WaitForCountAsync<Receipt>(2);
        await WorkAsync(here);

        _leaks.Verify("connect", "serialize", "deserialize", "timer", "event");
    }

    [Fact]
    public async Task WhoeverConnectsReconnectsAndLeaves_IsNotSeen()
    {
        await using var here = await StartAsync(isClient: false);
        _there.SpawnEcho();
        foreach (var act in new Func<Task>[]
        {
            () => here.Remote.WaitForConnectionAsync(_there.Address),
            () => here.Remote.ReconnectAsync(_there.Address),
            () => here.Remote.DisconnectAsync(_there.Address),
            () => here.Remote.WaitForConnectionAsync(_there.Address),
        })
        {
            await OnMarkedThread(() => act().Wait(TestTime.Ceiling));
        }

        await WorkAsync(here);
        await OnMarkedThread(() => here.Remote.PeerBlockList.BlockSystem("somebody", duration: TimeSpan.FromMilliseconds(1)));
        await here.Events.NextAsync<EndpointUnblocked>();

        _leaks.Verify("connect", "serialize", "deserialize", "timer", "event");
    }

    [Fact]
    public async Task WhoeverMakesAndStartsTheNode_IsNotSeen()
    {
        TestNode? here = null;
        await OnMarkedThread(() => here = StartAsync(isClient: false).GetAwaiter().GetResult());
        await using var node = here!;
        _there.SpawnEcho();
        node.SpawnEcho("back");

        await WorkAsync(node);
        Assert.Equal("re:back", await _there.AskAsync(node.Pid("back"), "back"));

        _leaks.Verify("connect", "serialize", "deserialize", "timer", "event");
    }

    [Fact]
    public async Task WhoeverShutsDown_IsNotSeenByHandlers()
    {
        var here = await StartAsync(isClient: false);
        _there.SpawnEcho();
        await WorkAsync(here);

        await OnMarkedThread(() => here.Remote.ShutdownAsync().Wait(TestTime.Ceiling));

        Assert.NotEmpty(await here.PublishedAsync<EndpointTerminated>());
        _leaks.Verify("event");
        await here.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FirstSender_IsNotKeptByTheConnection(bool isClient)
    {
        await using var here = await StartAsync(isClient);
        _there.SpawnEcho();

        var mark = await SendMarkedAsync(here);

        await _there.Events.WaitForCountAsync<Receipt>(1);
        await here.AskAsync(_there.Pid("echo"), "another");
        Assert.Equal(EndpointState.Connected, here.Remote.GetEndpointState(_there.Address));
        await AssertForgottenAsync(mark);
    }

    [Fact]
    public async Task WhoeverMakesAndStartsTheNode_IsNotKeptByIt()
    {
        // Proto.Actor keeps the context of whoever makes the system, for a loop of its own.
        await using var system = new ActorSystem();
        _there.SpawnEcho();

        var mark = await StartMarkedAsync(system);

        await system.Root.RequestAsync<StringValue>(_there.Pid("echo"), new StringValue(), TestTime.Ceiling);
        await AssertForgottenAsync(mark);
        await system.Remote().ShutdownAsync().Within("shutting down");
    }

    // What the caller's frame holds would be alive in a debug build.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<WeakReference> SendMarkedAsync(TestNode here)
    {
        WeakReference? mark = null;
        await OnMarkedThread(() =>
        {
            mark = new WeakReference(Mark.Value);
            here.Root.Send(_there.Pid("echo"), new Marked("first"));
            here.Root.Send(_there.Pid("echo"), new Marked("second"));
        });
        return mark!;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<WeakReference> StartMarkedAsync(ActorSystem system)
    {
        WeakReference? mark = null;
        await OnMarkedThread(() =>
        {
            mark = new WeakReference(Mark.Value);
            var remote = new ReliableRemote(system, new TestSetup().ToConfig(), SendingBeforeStartTests.OptionsOn(_network));
            remote.StartAsync().Wait(TestTime.Ceiling);
        });
        return mark!;
    }

    private static async Task AssertForgottenAsync(WeakReference mark)
    {
        // A write that waited holds the context of its caller until it is done, so the first look may come too early.
        var since = Stopwatch.GetTimestamp();
        while (mark.IsAlive && Stopwatch.GetElapsedTime(since) < TestTime.Ceiling)
        {
            await Task.Yield();
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(mark.IsAlive, "Something keeps the context of the caller alive.");
    }

    /// <summary>Runs on a thread that ends, with a value and an activity of its own.</summary>
    private static Task OnMarkedThread(Action act)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                RunMarked(act);
                ended.SetResult();
            }
            catch (Exception exception)
            {
                ended.SetException(exception);
            }
        });
        using (ExecutionContext.SuppressFlow())
        {
            thread.Start();
        }

        return ended.Task.Within("the marked thread");
    }

    private static void RunMarked(Action act)
    {
        Mark.Value = new Marker();
        using (new Activity("caller").SetIdFormat(ActivityIdFormat.W3C).Start())
        {
            act();
        }

        // Whoever is told that this is over may look for the mark at once. The thread has yet to end then, and on a busy machine that takes
        // its time: it must not be the one that keeps the mark.
        Mark.Value = null;
    }

    /// <summary>A flow that the writer's loop carries, a beat of the heart, and a loss.</summary>
    private async Task WorkAsync(TestNode here)
    {
        var before = _there.Events.Of<Receipt>().Count;
        for (var sent = 0; sent < 500; sent++)
        {
            here.Root.Send(_there.Pid("echo"), new Marked("flow"));
        }

        await _there.Events.WaitForCountAsync<Receipt>(before + 500);
        await _leaks.WaitForTimersAsync();
        _network.Cut(_there.Address);
        await here.Events.NextAsync<EndpointReconnected>();
        await here.AskAsync(_there.Pid("echo"), "again");
    }

    private async Task<TestNode> StartAsync(bool isClient)
    {
        static void Configure(RemoteOptions options) => options.Reconnect.InitialDelay = TimeSpan.FromMilliseconds(1);
        var node = isClient
            ? await TestNode.StartClientAsync(Beating(Configure), Watched, _network)
            : await TestNode.StartAsync(Beating(Configure), Watched, _network);
        node.ActorSystem.EventStream.Subscribe<object>(_ => _leaks.Look("event"));
        return node;
    }

    private static Action<RemoteOptions> Beating(Action<RemoteOptions> configure) => options =>
    {
        configure(options);
        (options.Heartbeat.Interval, options.Heartbeat.Timeout) = (TimeSpan.FromMilliseconds(40), TestTime.Ceiling);
    };

    private void Watched(TestSetup setup)
    {
        setup.AddSerializer(50, 1_000, new MarkedSerializer(_leaks));
        setup.TimeProvider = new WatchedTime(_leaks);
        var connect = setup.Connect!;
        setup.Connect = (endPoint, cancellation) =>
        {
            _leaks.Look("connect");
            return connect(endPoint, cancellation);
        };
    }

    private sealed record Marked(string Text);

    private sealed class Marker;

    /// <summary>Where a caller's context was seen. On the caller's own thread it may be.</summary>
    private sealed class Leaks
    {
        private readonly ConcurrentQueue<string> _seen = [];
        private readonly ConcurrentDictionary<string, int> _looks = [];
        private readonly EventProbe _timers = new();

        public void Look(string where)
        {
            _looks.AddOrUpdate(where, 1, static (_, count) => count + 1);
            if (Mark.Value is not null || Activity.Current is { OperationName: "caller" })
            {
                _seen.Enqueue($"{where}: {(Mark.Value is null ? "" : "the value")} {Activity.Current?.OperationName}\n{Environment.StackTrace}");
            }
        }

        public void LookInTimer()
        {
            Look("timer");
            _timers.Record("tick");
        }

        public Task WaitForTimersAsync() => _timers.WaitForCountAsync<string>(_timers.Events.Count + 20);

        public void Verify(params string[] places)
        {
            Assert.Empty(_seen);
            Assert.All(places, place => Assert.True(_looks.ContainsKey(place), $"There was no {place}."));
        }
    }

    private sealed class MarkedSerializer(Leaks leaks) : ISerializer
    {
        public ByteString Serialize(object obj)
        {
            // A lone message is written by its sender.
            if (!Environment.StackTrace.Contains(nameof(OnMarkedThread), StringComparison.Ordinal))
            {
                leaks.Look("serialize");
            }

            return ByteString.CopyFromUtf8(((Marked)obj).Text);
        }

        public object Deserialize(ByteString bytes, string typeName)
        {
            leaks.Look("deserialize");
            return new StringValue { Value = bytes.ToStringUtf8() };
        }

        public string GetTypeName(object message) => "marked";

        public bool CanSerialize(object obj) => obj is Marked;
    }

    /// <summary>Real time that looks whenever a timer is made that would remember its maker, and whenever one runs.</summary>
    private sealed class WatchedTime(Leaks leaks) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => base.CreateTimer(
            argument =>
            {
                leaks.LookInTimer();
                callback(argument);
            },
            state,
            dueTime,
            period);
    }
}
