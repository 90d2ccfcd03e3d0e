using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Remote.Testing;

namespace Remote.EndToEnd.Tests;

/// <summary>A peer whose process is killed, seen by those that watch its actors and wait for its answers.</summary>
[Trait("Behaviour", "W-01")]
public sealed class KilledNodeTests
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task ProcessIsKilled_EachWatcherIsToldOnce()
    {
        await using var node = NodeProcess.Start("EchoNode");
        var echo = new PID(await node.ReadAfterAsync("listening on "), "echo");
        await using var watcher = await Watcher.StartAsync();
        PID[] targets = [echo, await watcher.SpawnAsync(echo.Address), await watcher.SpawnAsync(echo.Address)];
        foreach (var target in targets)
        {
            await watcher.WatchAsync(target);
        }

        await node.KillAsync();

        await watcher.Events.WaitForCountAsync<Terminated>(targets.Length, Ceiling);
        await watcher.StopAsync();
        var told = watcher.Events.Of<Terminated>();
        Assert.All(told, ended => Assert.Equal(TerminatedReason.AddressTerminated, ended.Why));
        Assert.Equal(targets.Select(target => target.ToString()).Order(), told.Select(ended => ended.Who.ToString()).Order());
    }

    [Fact]
    public async Task ProcessIsKilledAndFollowedByAnother_WatcherIsToldAndTheNewOneAnswers()
    {
        await using var first = NodeProcess.Start("EchoNode");
        var echo = new PID(await first.ReadAfterAsync("listening on "), "echo");
        await using var watcher = await Watcher.StartAsync();
        await watcher.WatchAsync(echo);

        await first.KillAsync();
        var port = echo.Address[(echo.Address.LastIndexOf(':') + 1)..];
        await using var second = NodeProcess.Start("EchoNode", "--port", port);
        Assert.Equal(echo.Address, await second.ReadAfterAsync("listening on "));

        var ended = await watcher.Events.NextAsync<Terminated>(ceiling: Ceiling);
        Assert.Equal((echo, TerminatedReason.AddressTerminated), (ended.Who, ended.Why));
        await watcher.WatchAsync(echo);
        await watcher.StopAsync();
        Assert.Single(watcher.Events.Of<Terminated>());
    }

    /// <summary>A node with an actor that watches and keeps what it is told.</summary>
    private sealed class Watcher : IAsyncDisposable
    {
        private readonly ActorSystem _system = new ActorSystem().WithRemote(
            RemoteConfig.BindToLocalhost().WithProtoMessages(EmptyReflection.Descriptor),
            options =>
            {
                options.Reconnect = new ReconnectOptions { InitialDelay = TimeSpan.FromMilliseconds(20), MaxDelay = TimeSpan.FromMilliseconds(50), MaxAttempts = 10 };
                options.QuarantineDuration = TimeSpan.FromTicks(1);
            });

        private PID _actor = null!;

        public EventProbe Events { get; } = new();

        public static async Task<Watcher> StartAsync()
        {
            var watcher = new Watcher();
            await watcher._system.Remote().StartAsync().WaitAsync(Ceiling);
            watcher._actor = watcher._system.Root.Spawn(Props.FromFunc(watcher.ReceiveAsync));
            return watcher;
        }

        public Task<PID> SpawnAsync(string address) => _system.ReliableRemote().SpawnAsync(address, "echo").WaitAsync(Ceiling);

        /// <summary>Watches, and waits until the Watch has arrived: control passes the message that is answered.</summary>
        public async Task WatchAsync(PID target)
        {
            await _system.Root.RequestAsync<string>(_actor, target, Ceiling);
            await _system.Root.RequestAsync<Empty>(target, new Empty(), Ceiling);
        }

        public Task StopAsync() => _system.Root.PoisonAsync(_actor).WaitAsync(Ceiling);

        public async ValueTask DisposeAsync()
        {
            await _system.Remote().ShutdownAsync();
            await _system.DisposeAsync();
        }

        private Task ReceiveAsync(IContext context)
        {
            switch (context.Message)
            {
                case PID target:
                    context.Watch(target);
                    context.Respond("done");
                    break;
                case Terminated ended:
                    Events.Record(ended);
                    break;
            }

            return Task.CompletedTask;
        }
    }
}
