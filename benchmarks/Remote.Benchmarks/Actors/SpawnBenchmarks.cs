using BenchmarkDotNet.Attributes;
using Proto;

namespace Remote.Benchmarks;

/// <summary>Starting an actor and waiting for its end.</summary>
public class SpawnBenchmarks
{
    private readonly Props _props = Props.FromProducer(() => new EchoActor());
    private ActorSystem _system = null!;

    /// <summary>Whether the system can be reached from other nodes: its actors have our mailbox then.</summary>
    [Params(false, true)]
    public bool Remote { get; set; }

    [GlobalSetup]
    public void Setup() => _system = Systems.Create(Remote);

    [GlobalCleanup]
    public Task CleanupAsync() => _system.ShutdownAsync();

    [Benchmark]
    public Task SpawnAndStop() => _system.Root.StopAsync(_system.Root.Spawn(_props));
}
