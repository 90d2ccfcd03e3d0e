using System.Threading.Channels;
using BenchmarkDotNet.Attributes;
using Proto;

namespace Remote.Benchmarks;

/// <summary>Local messages one way, against a channel of the platform with one reader.</summary>
public class TellBenchmarks
{
    private const int Messages = 1_000_000;

    private ActorSystem _system = null!;
    private PID _pid = null!;

    /// <summary>Whether the system can be reached from other nodes: its actors have our mailbox then.</summary>
    [Params(false, true)]
    public bool Remote { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _system = Systems.Create(Remote);
        _pid = _system.Root.Spawn(Props.FromProducer(() => new CountingActor()));
    }

    [GlobalCleanup]
    public Task CleanupAsync() => _system.ShutdownAsync();

    [Benchmark(Baseline = true, OperationsPerInvoke = Messages)]
    public async Task Channel()
    {
        var channel = System.Threading.Channels.Channel.CreateUnbounded<object>(new UnboundedChannelOptions { SingleReader = true });
        var reading = Task.Run(async () =>
        {
            var seen = 0;
            while (seen < Messages && await channel.Reader.WaitToReadAsync())
            {
                while (channel.Reader.TryRead(out _))
                {
                    seen++;
                }
            }
        });
        for (var i = 0; i < Messages; i++)
        {
            channel.Writer.TryWrite(CountingActor.Tick.Instance);
        }

        await reading;
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public async Task Tell()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _system.Root.Send(_pid, new CountingActor.Expect(Messages, done));
        for (var i = 0; i < Messages; i++)
        {
            _system.Root.Send(_pid, CountingActor.Tick.Instance);
        }

        await done.Task;
    }
}
