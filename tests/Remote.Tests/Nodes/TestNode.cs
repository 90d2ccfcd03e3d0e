using System.Globalization;
using System.Net;
using Google.Protobuf.WellKnownTypes;
using Remote.Actors;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>
/// A node of a test: actor system, remoting, and everything that happens in it. Sockets on loopback unless it is put into an
/// <see cref="InMemoryNetwork"/>. Knows the well-known types and the messages of the recordings. Disposing it shuts it down and fails on errors in
/// the log.
/// </summary>
internal sealed class TestNode : IAsyncDisposable
{
    private TestNode(ActorSystem system, RemoteHost remote, EventProbe events, TestLog log)
    {
        ActorSystem = system;
        Remote = remote;
        Events = events;
        Log = log;
    }

    public ActorSystem ActorSystem { get; }

    public RemoteHost Remote { get; }

    /// <summary>Everything on the event stream, and the <see cref="Receipt"/>s of the actors spawned here.</summary>
    public EventProbe Events { get; }

    public TestLog Log { get; }

    public IRootContext Root => ActorSystem.Root;

    public string Address => Remote.Address;

    public string SystemId => ActorSystem.Id;

    public int Port => int.Parse(Address[(Address.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);

    /// <param name="options">Changes the defaults.</param>
    /// <param name="setup">Adds kinds and messages.</param>
    /// <param name="network">Instead of sockets.</param>
    /// <param name="time">The clock of everything in the node.</param>
    public static async Task<TestNode> StartAsync(
        Action<RemoteOptions>? options = null, Action<RemoteSetup>? setup = null, InMemoryNetwork? network = null, TimeProvider? time = null)
    {
        var log = new TestLog();
        var system = new ActorSystem(new ActorSystemOptions { LoggerFactory = log, TimeProvider = time ?? TimeProvider.System });
        var events = new EventProbe();
        system.EventStream.Subscribe<object>(events.Record);
        var remoteOptions = new RemoteOptions();
        options?.Invoke(remoteOptions);
        var remote = await RemoteHost.StartAsync(system, remoteOptions, remoteSetup =>
        {
            remoteSetup.AddWellKnownMessages().AddMessages(Wiretest.WiretestReflection.Descriptor);
            if (network is not null)
            {
                remoteSetup.ListenerFactory = network;
                remoteSetup.Connect = (endPoint, cancellation) => network.ConnectAsync(Format(endPoint), cancellation);
            }

            setup?.Invoke(remoteSetup);
        }).Within("starting a node");
        return new TestNode(system, remote, events, log);
    }

    /// <summary>A node without a listener.</summary>
    public static Task<TestNode> StartClientAsync(Action<RemoteOptions>? options = null, Action<RemoteSetup>? setup = null, InMemoryNetwork? network = null) =>
        StartAsync(
            remote =>
            {
                remote.ClientOnly = true;
                options?.Invoke(remote);
            },
            setup,
            network);

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
    public Props Recorder(string name, Func<IContext, Task>? then = null) => Props.FromFunction(async context =>
    {
        if (context.Message is not (Started or Stopping or Stopped or Restarting))
        {
            Events.Record(new Receipt(name, context.Message, context.Sender, context.Headers));
        }

        if (then is not null)
        {
            await then(context);
        }
    });

    /// <summary>A request whose answer is text.</summary>
    public async Task<string> AskAsync(PID target, string text) =>
        (await Root.RequestAsync<StringValue>(target, new StringValue { Value = text }, TestTime.Ceiling)).Value;

    public Task<Receipt> NextReceiptAsync(string actor) => Events.NextAsync<Receipt>(receipt => receipt.Actor == actor, expected: $"{actor} receives something");

    public async ValueTask DisposeAsync()
    {
        await Remote.ShutdownAsync().Within($"shutting down {Address}");
        await ActorSystem.ShutdownAsync().Within($"stopping the actors of {Address}");
        Events.Dispose();
        Log.VerifyNoErrors();
    }

    private static string Format(EndPoint endPoint) => endPoint switch
    {
        DnsEndPoint dns => string.Create(CultureInfo.InvariantCulture, $"{dns.Host}:{dns.Port}"),
        System.Net.Sockets.UnixDomainSocketEndPoint unix => $"unix://{unix}",
        _ => endPoint.ToString()!,
    };
}
