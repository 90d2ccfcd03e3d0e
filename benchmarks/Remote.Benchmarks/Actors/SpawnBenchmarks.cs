using BenchmarkDotNet.Attributes;
using Remote.Actors;

namespace Remote.Benchmarks;

/// <summary>Starting an actor and waiting for its end.</summary>
public class SpawnBenchmarks
{
    private readonly Props _props = Props.FromProducer(() => new EchoActor());
    private ActorSystem _system = null!;

    [GlobalSetup]
    public void Setup() => _system = new ActorSystem();

    [GlobalCleanup]
    public Task CleanupAsync() => _system.ShutdownAsync();

    [Benchmark]
    public Task SpawnAndStop() => _system.Root.StopAsync(_system.Root.Spawn(_props));
}
