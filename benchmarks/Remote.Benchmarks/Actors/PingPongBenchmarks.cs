using BenchmarkDotNet.Attributes;
using Proto;

namespace Remote.Benchmarks;

/// <summary>Two actors that send messages back and forth.</summary>
public class PingPongBenchmarks
{
    private const int Rounds = 200_000;

    private ActorSystem _system = null!;
    private PID _ping = null!;

    [Params(1, 50)]
    public int InFlight { get; set; }

    /// <summary>Whether the system can be reached from other nodes: its actors have our mailbox then.</summary>
    [Params(false, true)]
    public bool Remote { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _system = Systems.Create(Remote);
        var echo = _system.Root.Spawn(Props.FromProducer(() => new EchoActor()));
        _ping = _system.Root.Spawn(Props.FromProducer(() => new PingActor(echo)));
    }

    [GlobalCleanup]
    public Task CleanupAsync() => _system.ShutdownAsync();

    [Benchmark(OperationsPerInvoke = Rounds)]
    public Task PingPong()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _system.Root.Send(_ping, new PingActor.Play(Rounds, InFlight, done));
        return done.Task;
    }
}
