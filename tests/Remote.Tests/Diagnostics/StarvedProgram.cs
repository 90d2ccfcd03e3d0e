using System.Diagnostics;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Proto;

namespace Remote.Tests;

/// <summary>
/// A process whose thread pool is full of threads that block. Everything here runs on its main thread, which is not of the pool; what it sees
/// it says on standard output.
/// </summary>
internal static class StarvedProgram
{
    public const string Guard = "starved-guard", Node = "starved-node", Health = "starved-health";

    public const int Blocking = 64;

    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    private static readonly ManualResetEventSlim Release = new();
    private static readonly CountdownEvent Missing = new(Blocking);

    public static int Run(string[] arguments) => arguments switch
    {
        [Guard] => RunGuard(),
        [Node, var interval, var timeout] => RunNode(Milliseconds(interval), Milliseconds(timeout)),
        [Health] => RunHealth(),
        _ => 2,
    };

    /// <summary>The guard alone, with one of two nodes left.</summary>
    private static int RunGuard()
    {
        var before = MinThreads();
        ThreadPoolGuard.Enter();
        ThreadPoolGuard.Enter();
        ThreadPoolGuard.Leave();

        using var ran = new ManualResetEventSlim();
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < Blocking; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static _ => Block(), null);
        }

        ThreadPool.UnsafeQueueUserWorkItem(static ran => ran.Set(), ran, preferLocal: false);
        Say($"ran {ran.Wait(Ceiling)} {Stopwatch.GetElapsedTime(started).TotalMilliseconds:F0}");
        Say($"threads {MinThreads() - before}");

        Release.Set();
        ThreadPoolGuard.Leave();
        // The guard's thread gives them back, a moment after it was told to end.
        Say($"given back {SpinWait.SpinUntil(() => MinThreads() == before, Ceiling)}");
        return 0;
    }

    /// <summary>A node with an actor that echoes. Blocks 64 others when it is told to, and says in the end what became of its connections.</summary>
    private static int RunNode(TimeSpan interval, TimeSpan timeout)
    {
        var node = TestNode.StartAsync(options => (options.Heartbeat.Interval, options.Heartbeat.Timeout) = (interval, timeout)).GetAwaiter().GetResult();
        node.SpawnEcho();
        Say($"listening on {node.Address}");
        while (Console.In.ReadLine()?.Split(' ') is { } order)
        {
            switch (order)
            {
                case ["connect", var address]:
                    node.Remote.WaitForConnectionAsync(address).WaitAsync(Ceiling).GetAwaiter().GetResult();
                    Say("connected");
                    break;
                case ["block"]:
                    BlockActors(node);
                    Say($"blocked {Missing.Wait(Ceiling)}");
                    break;
                case ["tell", var address]:
                    Say($"told {Told(node, address)}");
                    break;
            }
        }

        Release.Set();
        node.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return 0;
    }

    /// <summary>A node, and every thread that the pool may have blocked. The check is asked on this thread: nothing else would run.</summary>
    private static int RunHealth()
    {
        var (interval, timeout) = (TimeSpan.FromMilliseconds(400), TimeSpan.FromSeconds(1));
        var node = TestNode.StartAsync(options => (options.Heartbeat.Interval, options.Heartbeat.Timeout) = (interval, timeout)).GetAwaiter().GetResult();
        var check = new LiveCheck(node.Remote);
        var context = new HealthCheckContext { Registration = new HealthCheckRegistration("live", check, HealthStatus.Unhealthy, null) };
        Say($"before {Until(HealthStatus.Healthy).Status}");

        // The guard could help: this is what is left when it cannot, because the threads that it may add block too.
        ThreadPool.GetMaxThreads(out var most, out var completionPorts);
        var few = Math.Max(Environment.ProcessorCount, MinThreads());
        ThreadPool.SetMaxThreads(few, completionPorts);
        for (var i = 0; i < few; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static _ => Release.Wait(), null);
        }

        var starved = Until(HealthStatus.Unhealthy);
        Say($"starved {starved.Status} {starved.Description}");

        Release.Set();
        ThreadPool.SetMaxThreads(most, completionPorts);
        Say($"after {Until(HealthStatus.Healthy).Status}");
        node.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return 0;

        HealthCheckResult Until(HealthStatus status)
        {
            HealthCheckResult answer = default;
            SpinWait.SpinUntil(
                () =>
                {
                    // It has answered when it returns, or it would wait for a thread.
                    var answering = check.CheckHealthAsync(context);
                    answer = answering.IsCompleted ? answering.Result : throw new InvalidOperationException("It waits.");
                    return answer.Status == status;
                },
                Ceiling);
            return answer;
        }
    }

    private static string Told(TestNode node, string address)
    {
        var statistics = node.Remote.GetEndpointStatistics(address)!;
        var lost = node.Log.Lines.Count(line => line.Event.Name == "InboundLost");
        return $"{statistics.State}, {node.Events.Of<EndpointReconnecting>().Count} reconnecting, {lost} lost";
    }

    private static void BlockActors(TestNode node)
    {
        var props = Props.FromFunc(context =>
        {
            if (context.Message is Empty)
            {
                Block();
            }

            return Task.CompletedTask;
        });
        for (var i = 0; i < Blocking; i++)
        {
            node.Root.Send(node.Root.Spawn(props), new Empty());
        }
    }

    /// <summary>As bad code does: without telling the pool.</summary>
    private static void Block()
    {
        Missing.Signal();
        Release.Wait();
    }

    private static int MinThreads()
    {
        ThreadPool.GetMinThreads(out var workers, out _);
        return workers;
    }

    private static TimeSpan Milliseconds(string text) => TimeSpan.FromMilliseconds(int.Parse(text, CultureInfo.InvariantCulture));

    private static void Say(FormattableString line) => Console.Out.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private static void Say(string line) => Console.Out.WriteLine(line);
}
