using System.Diagnostics;
using System.Globalization;
using Proto;

namespace Remote.Benchmarks;

/// <summary>Rates at a glance, in the same process and within seconds: for the work on a hot path, not for the record.</summary>
internal static class Quick
{
    private const int Rounds = 5;

    private static readonly Dictionary<string, Func<ActorSystem, Task<long>>> Scenarios = new()
    {
        ["tell"] = system => TellAsync(system, 5_000_000, senders: 1),
        ["tell-2-senders"] = system => TellAsync(system, 5_000_000, senders: 2),
        ["tell-window"] = system => TellWindowAsync(system, 5_000_000, window: 1000),
        ["ping-pong-1"] = system => PingPongAsync(system, 300_000, inFlight: 1),
        ["ping-pong-50"] = system => PingPongAsync(system, 3_000_000, inFlight: 50),
        ["request-1"] = system => RequestAsync(system, 200_000, requesters: 1),
        ["request-64"] = system => RequestAsync(system, 1_000_000, requesters: 64),
        ["spawn"] = system => SpawnAsync(system, 100_000),
    };

    public static async Task RunAsync(string[] names)
    {
        Console.WriteLine($"{"scenario",-16} {"mailbox",-8} {"median/s",12} {"best/s",12} {"bytes/op",9}");
        foreach (var (name, run) in Scenarios.Where(scenario => names.Length == 0 || names.Contains(scenario.Key)))
        {
            await MeasureAsync(name, remote: false, run);
            await MeasureAsync(name, remote: true, run);
        }
    }

    private static async Task MeasureAsync(string name, bool remote, Func<ActorSystem, Task<long>> run)
    {
        var rates = new List<double>();
        var bytes = 0.0;
        for (var round = 0; round < Rounds + 2; round++)
        {
            await using var system = Systems.Create(remote);
            GC.Collect();
            var before = GC.GetTotalAllocatedBytes(precise: true);
            var watch = Stopwatch.StartNew();
            var count = await run(system);
            rates.Add(count / watch.Elapsed.TotalSeconds);
            bytes = (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)count;
        }

        var steady = rates.Skip(2).Order().ToArray();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{name,-16} {(remote ? "ours" : "theirs"),-8} {steady[Rounds / 2],12:N0} {steady[^1],12:N0} {bytes,9:F1}"));
    }

    private static async Task<long> TellAsync(ActorSystem system, int count, int senders)
    {
        var pid = system.Root.Spawn(Props.FromProducer(() => new CountingActor()));
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        system.Root.Send(pid, new CountingActor.Expect((long)count * senders, done));
        await Task.WhenAll(Enumerable.Range(0, senders).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < count; i++)
            {
                system.Root.Send(pid, CountingActor.Tick.Instance);
            }
        })));
        await done.Task;
        return (long)count * senders;
    }

    /// <summary>A sender that never runs more than a window ahead, as a flow-controlled one would.</summary>
    private static async Task<long> TellWindowAsync(ActorSystem system, int count, int window)
    {
        var pid = system.Root.Spawn(Props.FromProducer(() => new CountingActor()));
        for (var sent = 0; sent < count; sent += window)
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            system.Root.Send(pid, new CountingActor.Expect(window, done));
            for (var i = 0; i < window; i++)
            {
                system.Root.Send(pid, CountingActor.Tick.Instance);
            }

            await done.Task;
        }

        return count;
    }

    private static async Task<long> PingPongAsync(ActorSystem system, int count, int inFlight)
    {
        var echo = system.Root.Spawn(Props.FromProducer(() => new EchoActor()));
        var ping = system.Root.Spawn(Props.FromProducer(() => new PingActor(echo)));
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        system.Root.Send(ping, new PingActor.Play(count, inFlight, done));
        await done.Task;
        return count;
    }

    private static async Task<long> RequestAsync(ActorSystem system, int count, int requesters)
    {
        var echo = system.Root.Spawn(Props.FromProducer(() => new EchoActor()));
        await Task.WhenAll(Enumerable.Range(0, requesters).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < count / requesters; i++)
            {
                await system.Root.RequestAsync<CountingActor.Tick>(echo, CountingActor.Tick.Instance, TimeSpan.FromSeconds(5));
            }
        })));
        return count / requesters * requesters;
    }

    private static Task<long> SpawnAsync(ActorSystem system, int count)
    {
        var props = Props.FromProducer(() => new EchoActor());
        for (var i = 0; i < count; i++)
        {
            system.Root.Spawn(props);
        }

        return Task.FromResult((long)count);
    }
}
