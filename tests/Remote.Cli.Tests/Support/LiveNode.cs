using Proto;
using Proto.Remote;

namespace Remote.Cli.Tests;

/// <summary>A node with a listener of its own in the process of the tests.</summary>
internal sealed class LiveNode : IAsyncDisposable
{
    private LiveNode(ActorSystem system) => System = system;

    public ActorSystem System { get; }

    public ReliableRemote Remote => System.ReliableRemote();

    public string Address => System.Address;

    public static Task<LiveNode> StartAsync(Action<RemoteOptions>? configure = null) => StartAsync(RemoteConfig.BindToLocalhost(), configure);

    public static async Task<LiveNode> StartAsync(RemoteConfig config, Action<RemoteOptions>? configure = null)
    {
        var system = new ActorSystem().WithRemote(config, configure ?? (static _ => { }));
        await system.Remote().StartAsync();
        return new LiveNode(system);
    }

    public PID Spawn(string name) => System.Root.SpawnNamed(Props.FromFunc(static _ => Task.CompletedTask), name);

    /// <summary>Sends a message there and waits for its answer, so that each has the other as a peer.</summary>
    public async Task GreetAsync(LiveNode other)
    {
        var greeter = other.Spawn($"greeter-{Guid.NewGuid():N}");
        await System.Root.RequestAsync<Touched>(PID.FromAddress(other.Address, greeter.Id), new Touch(), TimeSpan.FromSeconds(60));
    }

    /// <summary>Sends a message to an address, and waits for an event about it.</summary>
    public async Task EndedAsync<T>(string address, Predicate<T> wanted)
        where T : class
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        System.EventStream.Subscribe<T>(fact => _ = wanted(fact) && seen.TrySetResult());
        System.Root.Send(PID.FromAddress(address, "nobody"), new Touch());
        await seen.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public async ValueTask DisposeAsync()
    {
        await Remote.DisposeAsync();
        await System.DisposeAsync();
    }
}
