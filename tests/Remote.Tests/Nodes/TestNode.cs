using System.Globalization;
using System.Net;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Mailbox;
using Proto.Remote;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>
/// A node of a test: actor system, remoting, and everything that happens in it. Sockets on loopback unless it is put into an
/// <see cref="InMemoryNetwork"/>. Disposing it shuts it down and fails on errors in the log.
/// </summary>
internal sealed class TestNode : IAsyncDisposable
{
    private TestNode(ActorSystem system, ReliableRemote remote, EventProbe events, TestLog log)
    {
        ActorSystem = system;
        Remote = remote;
        Events = events;
        Log = log;
    }

    public ActorSystem ActorSystem { get; }

    public ReliableRemote Remote { get; }

    /// <summary>Everything on the event stream, and the <see cref="Receipt"/>s of the actors spawned here.</summary>
    public EventProbe Events { get; }

    public TestLog Log { get; }

    public IRootContext Root => ActorSystem.Root;

    public string Address => Remote.Address;

    public string SystemId => ActorSystem.Id;

    public int Port => int.Parse(Address[(Address.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);

    /// <param name="options">Changes the defaults.</param>
    /// <param name="setup">Adds kinds, messages and stand-ins.</param>
    /// <param name="network">Instead of sockets.</param>
    /// <param name="time">The clock of remoting; that of actors and requests is always real.</param>
    /// <param name="at">Where it listens, <c>host:port</c>; any free port of loopback if left out.</param>
    /// <param name="system">The settings of its actors.</param>
    public static Task<TestNode> StartAsync(
        Action<RemoteOptions>? options = null,
        Action<TestSetup>? setup = null,
        InMemoryNetwork? network = null,
        TimeProvider? time = null,
        string at = "127.0.0.1:0",
        ActorSystemConfig? system = null) =>
        StartCoreAsync(
            options,
            own =>
            {
                own.At(at).TimeProvider = time;
                setup?.Invoke(own);
            },
            network,
            new ActorSystem(system ?? new ActorSystemConfig()),
            (actors, config, configured) => new ReliableRemote(actors, config, configured));

    /// <summary>A node without a listener.</summary>
    public static Task<TestNode> StartClientAsync(
        Action<RemoteOptions>? options = null,
        Action<TestSetup>? setup = null,
        InMemoryNetwork? network = null,
        TimeProvider? time = null,
        ActorSystemConfig? system = null) =>
        StartCoreAsync(
            options,
            own =>
            {
                own.TimeProvider = time;
                setup?.Invoke(own);
            },
            network,
            new ActorSystem(system ?? new ActorSystemConfig()),
            (actors, config, configured) => new ReliableClientRemote(actors, config, configured));

    /// <summary>The PID by which other nodes know an actor of this node.</summary>
    public PID Pid(string id) => new(Address, id);

    /// <summary>Spawns an actor that records what it gets and then does something with it. Life-cycle messages are left out.</summary>
    public PID Spawn(string name, Func<IContext, Task>? then = null) => Root.SpawnNamed(Recorder(name, then), name);

    /// <inheritdoc cref="Spawn(string, Func{IContext, Task})"/>
    public PID Spawn(string name, Action<IContext> then) => Spawn(name, context =>
    {
        then(context);
        return Task.CompletedTask;
    });

    /// <summary>Spawns an actor that answers each StringValue with "re:" and its text.</summary>
    public PID SpawnEcho(string name = "echo") => Spawn(name, context =>
    {
        if (context.Message is StringValue text)
        {
            context.Respond(new StringValue { Value = "re:" + text.Value });
        }
    });

    /// <summary>The props of an actor that records.</summary>
    public Props Recorder(string name, Func<IContext, Task>? then = null) => Props.FromFunc(async context =>
    {
        if (context.Message is not (Started or Stopping or Stopped or Restarting))
        {
            Events.Record(new Receipt(name, context.Message!, context.Sender, context.Headers));
        }

        if (then is not null)
        {
            await then(context);
        }
    });

    /// <summary>The process of an actor of this node.</summary>
    public Process? Find(string id)
    {
        var process = ActorSystem.ProcessRegistry.Get(PID.FromAddress(ActorSystem.NoHost, id));
        return ReferenceEquals(process, ActorSystem.DeadLetter) ? null : process;
    }

    /// <summary>Posts a system message, which Proto.Actor has no public way for.</summary>
    public void SendSystem(PID target, SystemMessage message) =>
        ProtoActorInternals.SendSystemMessage(ActorSystem.ProcessRegistry.Get(target), target, message);

    /// <summary>A request whose answer is text.</summary>
    public async Task<string> AskAsync(PID target, string text) =>
        (await Root.RequestAsync<StringValue>(target, new StringValue { Value = text }, TestTime.Ceiling)).Value;

    /// <summary>
    /// A request that is refused. It is sent before this returns. Proto.Actor's own requests throw an exception that says less than the answer.
    /// </summary>
    public async Task<DeadLetterResponse> RefusalAsync(PID target, object message, ISenderContext? context = null)
    {
        using var future = Root.GetFuture();
        (context ?? Root).Request(target, message, future.Pid);
        return Assert.IsType<DeadLetterResponse>(Proto.MessageEnvelope.UnwrapMessage(await future.Task.Within($"the refusal of {message}")));
    }

    /// <inheritdoc cref="RefusalAsync(PID, object, ISenderContext)"/>
    public async Task<DeadLetterReason> RefusedAsync(PID target, object message, ISenderContext? context = null) =>
        (await RefusalAsync(target, message, context)).GetReason();

    /// <inheritdoc cref="RefusalAsync(PID, object, ISenderContext)"/>
    public Task<DeadLetterReason> RefusedAsync(PID target, string text) => RefusedAsync(target, new StringValue { Value = text });

    /// <summary>The events of a type so far, also those that are still on their way to the event stream.</summary>
    public async Task<IReadOnlyList<T>> PublishedAsync<T>()
    {
        await Remote.Parts.Context.Events.WhenIdleAsync().Within("the events so far");
        return Events.Of<T>();
    }

    public Task<Receipt> NextReceiptAsync(string actor) => Events.NextAsync<Receipt>(receipt => receipt.Actor == actor, expected: $"{actor} receives something");

    public async ValueTask DisposeAsync()
    {
        await Remote.ShutdownAsync().Within($"shutting down {Address}");
        await EndAsync(ActorSystem, Events);
        Log.VerifyNoErrors();
    }

    private static async Task EndAsync(ActorSystem system, EventProbe events)
    {
        await system.DisposeAsync();
        FutureMemory.Release(system);
        events.Dispose();
    }

    private static async Task<TestNode> StartCoreAsync(
        Action<RemoteOptions>? options,
        Action<TestSetup> setup,
        InMemoryNetwork? network,
        ActorSystem system,
        Func<ActorSystem, RemoteConfig, RemoteOptions, ReliableRemote> make)
    {
        var log = new TestLog();
        var events = new EventProbe();
        system.EventStream.Subscribe<object>(events.Record);
        var configured = new RemoteOptions();
        configured.Hooks.LoggerFactory = log;

        // A busy machine is not to change what a test sees.
        configured.Hooks.ProcessTime = new StandingClock();
        configured.Diagnostics.ScanBudget = TestTime.Ceiling;
        options?.Invoke(configured);
        var own = new TestSetup();
        if (network is not null)
        {
            own.ListenerFactory = network;
            own.Connect = (endPoint, cancellation) => network.ConnectAsync(Format(endPoint), cancellation);
        }

        setup(own);
        own.Fill(configured.Hooks);
        var remote = make(system, own.ToConfig(), configured);
        try
        {
            await remote.StartAsync().Within("starting a node");
        }
        catch
        {
            // A node that has not started is nobody's to dispose of.
            await EndAsync(system, events);
            throw;
        }

        return new TestNode(system, remote, events, log);
    }

    private static string Format(EndPoint endPoint) => endPoint switch
    {
        DnsEndPoint dns => string.Create(CultureInfo.InvariantCulture, $"{dns.Host}:{dns.Port}"),
        System.Net.Sockets.UnixDomainSocketEndPoint unix => $"unix://{unix}",
        _ => endPoint.ToString()!,
    };
}
