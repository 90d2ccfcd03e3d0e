using Proto;
using Proto.Remote;
using Remote.ProtoPeer;
using Remote.Testing;

namespace Remote.EndToEnd.Tests;

/// <summary>
/// A node of ours in the test's own process, with three actors: <c>echo</c> answers, <c>record</c> keeps what it gets, <c>watcher</c>
/// watches. Disposing it fails on errors in its log.
/// </summary>
internal sealed class OwnNode : IAsyncDisposable
{
    private readonly ErrorLog _log = new();
    private readonly bool _isClient;

    private OwnNode(bool isClient, int port, Action<RemoteOptions>? change)
    {
        _isClient = isClient;
        var config = RemoteConfig.BindToLocalhost(port)
            .WithProtoMessages(ProtopeerReflection.Descriptor, TestNode.TestnodeReflection.Descriptor)
            .WithRemoteKind("echo", Props.FromFunc(EchoAsync));
        System = new ActorSystem();
        _ = isClient ? System.WithClientRemote(config, Configure) : System.WithRemote(config, Configure);
        System.EventStream.Subscribe<object>(Events.Record);

        void Configure(RemoteOptions options)
        {
            options.Hooks.LoggerFactory = _log;
            (options.Reconnect.InitialDelay, options.Reconnect.MaxDelay) = (TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(100));
            options.QuarantineDuration = TimeSpan.FromTicks(1);
            change?.Invoke(options);
        }
    }

    public ActorSystem System { get; }

    public ReliableRemote Remote => System.ReliableRemote();

    public IRootContext Root => System.Root;

    /// <summary>What was published, dead letters included.</summary>
    public EventProbe Events { get; } = new();

    /// <summary>What <c>record</c> has got.</summary>
    public EventProbe Received { get; } = new();

    /// <summary>What <c>watcher</c> was told.</summary>
    public EventProbe Told { get; } = new();

    public static async Task<OwnNode> StartAsync(
        bool isClient = false, int port = RemoteConfig.AnyFreePort, Action<RemoteOptions>? change = null)
    {
        var node = new OwnNode(isClient, port, change);
        await node.Remote.StartAsync().Within("starting the test's own node");
        node.Spawn("echo", EchoAsync);
        node.Spawn("record", node.RecordAsync);
        node.Spawn("watcher", node.WatchAsync);
        return node;
    }

    /// <summary>How a peer names an actor here, in a command to it.</summary>
    /// <param name="id">The actor.</param>
    /// <param name="server">The peer, through which a node without a listener is reached.</param>
    public string Called(string id, string server) =>
        _isClient ? $"address={server} id={Remote.Address}/{id}" : $"address={Remote.Address} id={id}";

    public async Task<string> AskAsync(PID target, string text) =>
        (await Root.RequestAsync<Answer>(target, new Ask { Text = text }, Waiting.Ceiling)).Text;

    /// <summary>Watches an actor that answers; the Watch has arrived when this returns, as nothing overtakes it.</summary>
    public async Task WatchAsync(PID target)
    {
        await Root.RequestAsync<PID>(Own("watcher"), target, Waiting.Ceiling);
        await AskAsync(target.Clone(), "do you know that you are watched?");
    }

    /// <summary>Watches no longer.</summary>
    public async Task UnwatchAsync(PID target)
    {
        await Root.RequestAsync<NoLonger>(Own("watcher"), new NoLonger(target), Waiting.Ceiling);
        await AskAsync(target.Clone(), "do you know that you are not watched?");
    }

    /// <summary>All that the watcher is ever told: it is stopped.</summary>
    public async Task<IReadOnlyList<Terminated>> AllToldAsync()
    {
        await Root.PoisonAsync(Own("watcher")).Within("stopping the watcher");
        return Told.Of<Terminated>();
    }

    public Task StopAsync(string id) => Root.StopAsync(Own(id)).Within($"stopping {id}");

    public async ValueTask DisposeAsync()
    {
        await Remote.ShutdownAsync().Within("shutting down the test's own node");
        await System.DisposeAsync();
        Events.Dispose();
        _log.VerifyEmpty();
    }

    private static Task EchoAsync(IContext context)
    {
        if (context.Message is Ask ask)
        {
            context.Respond(new Answer { Text = ask.Text });
        }

        return Task.CompletedTask;
    }

    // Anew each time: a PID that was used keeps its process.
    private PID Own(string id) => new(Remote.Address, id);

    private void Spawn(string id, Receive receive) => Root.SpawnNamed(Props.FromFunc(receive), id);

    private Task RecordAsync(IContext context)
    {
        if (context.Message is Numbered or Note)
        {
            Received.Record(context.Message);
        }

        return Task.CompletedTask;
    }

    private Task WatchAsync(IContext context)
    {
        switch (context.Message)
        {
            case PID target:
                context.Watch(target);
                context.Respond(target);
                break;
            case NoLonger end:
                context.Unwatch(end.Target);
                context.Respond(end);
                break;
            case Terminated ended:
                Told.Record(ended);
                break;
        }

        return Task.CompletedTask;
    }

    private sealed record NoLonger(PID Target);
}
