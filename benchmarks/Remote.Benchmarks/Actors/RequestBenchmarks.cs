using BenchmarkDotNet.Attributes;
using Proto;

namespace Remote.Benchmarks;

/// <summary>Local request and response round trips, against a completion source and one hop through the thread pool each way.</summary>
public class RequestBenchmarks
{
    private const int Requests = 100_000;

    private ActorSystem _system = null!;
    private PID _echo = null!;

    [Params(1, 64)]
    public int Requesters { get; set; }

    /// <summary>Whether the system can be reached from other nodes: its actors have our mailbox then.</summary>
    [Params(false, true)]
    public bool Remote { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _system = Systems.Create(Remote);
        _echo = _system.Root.Spawn(Props.FromProducer(() => new EchoActor()));
    }

    [GlobalCleanup]
    public Task CleanupAsync() => _system.ShutdownAsync();

    [Benchmark(Baseline = true, OperationsPerInvoke = Requests)]
    public Task CompletionSource() => RunAsync(async () =>
    {
        var completion = new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously);
        ThreadPool.UnsafeQueueUserWorkItem(static source => source.SetResult(source), completion, preferLocal: false);
        await completion.Task;
    });

    [Benchmark(OperationsPerInvoke = Requests)]
    public Task Request() => RunAsync(
        () => _system.Root.RequestAsync<CountingActor.Tick>(_echo, CountingActor.Tick.Instance, TimeSpan.FromSeconds(5)));

    private Task RunAsync(Func<Task> request) => Task.WhenAll(Enumerable.Range(0, Requesters).Select(_ => Task.Run(async () =>
    {
        for (var i = 0; i < Requests / Requesters; i++)
        {
            await request();
        }
    })));
}
