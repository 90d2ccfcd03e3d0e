using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>A node of a scenario that really runs, and what its application remembers between two acts.</summary>
internal sealed class ReleaseActor : IAsyncDisposable
{
    private ReleaseActor(TestNode node, ManualTimeProvider? clock) => (Node, Clock) = (node, clock);

    public TestNode Node { get; }

    public ManualTimeProvider? Clock { get; }

    /// <summary>What an act began and another one sees the end of.</summary>
    public Task? Begun { get; set; }

    /// <summary>What an actor waits for before it goes on.</summary>
    public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IRootContext Root => Node.Root;

    public static async Task<ReleaseActor> StartAsync(ReleaseRole role, InMemoryNetwork network)
    {
        var clock = role.HasManualClock ? new ManualTimeProvider() : null;
        var node = await (role.IsClient
            ? TestNode.StartClientAsync(Options, Setup, network, clock)
            : TestNode.StartAsync(Options, Setup, network, clock, role.BoundTo)).Within($"starting {role.Name}");
        return new ReleaseActor(node, clock);

        void Options(RemoteOptions options)
        {
            // Nothing by itself: a recording has what the scenario is about, on a busy machine too.
            options.Heartbeat.Interval = TimeSpan.FromHours(1);
            options.Heartbeat.Timeout = TimeSpan.FromHours(3);
            options.Reconnect.InitialDelay = TimeSpan.FromMilliseconds(20);
            role.Options?.Invoke(options);
        }

        void Setup(TestSetup setup)
        {
            setup.AdvertisedHost = role.IsClient ? null : role.Place;
            setup.AddKind("worker", Props.FromFunc(_ => Task.CompletedTask));
            setup.Connect = (endPoint, cancellation) => network.ConnectAsync(Door(endPoint), cancellation);
            role.Setup?.Invoke(setup);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Gate.TrySetResult();
        await Node.DisposeAsync();
    }

    private static string Door(System.Net.EndPoint endPoint) =>
        endPoint is System.Net.DnsEndPoint { Host: var host } ? $"{host}.door:8000" : throw new ReplayException($"Nobody is at {endPoint}.");
}

/// <summary>What travels as JSON.</summary>
internal sealed record ReleaseGreeting(string Text, int Number);
