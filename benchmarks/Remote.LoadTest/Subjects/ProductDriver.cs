using System.Diagnostics;
using Google.Protobuf;
using Proto;
using Proto.Remote;

namespace Remote.LoadTest;

/// <summary>A node that sends to the receiver's actor as an application would.</summary>
internal sealed class ProductDriver : IDriver
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(30);

    private readonly RunPlan _plan;
    private readonly ActorSystem _system;
    private readonly ProductRun _run;
    private readonly Payload _message;
    private readonly LatencySamples[] _samples;
    private PID _target = new();
    private PID _collector = new();

    public ProductDriver(RunPlan plan, ActorSystem system)
    {
        _plan = plan;
        _system = system;
        _run = new ProductRun(plan);
        _message = new Payload { Data = ByteString.CopyFrom(new byte[plan.PayloadBytes]) };
        var requesters = plan.Scenario switch
        {
            Scenario.Concurrent => Scenarios.Requesters,
            Scenario.Latency => 1,
            _ => 0,
        };
        _samples = [.. Enumerable.Range(0, requesters).Select(_ => new LatencySamples(plan.Messages / requesters))];
    }

    public long DeadLetters => _run.DeadLetters;

    public async Task StartAsync(string address)
    {
        _system.EventStream.Subscribe<DeadLetterEvent>(letter => _run.Lost($"{letter}"));
        await _system.Remote().StartAsync();
        _collector = _system.Root.SpawnNamed(Props.FromProducer(() => new CollectorActor(_run)), ProductNames.Collector);
        _target = new PID(address, Scenarios.Answers(_plan.Scenario) ? ProductNames.Echo : ProductNames.Counter);

        // Connects both ways; a run begins with connections that stand, as the baselines' do.
        await _system.Root.RequestAsync<Touched>(_target, new Touch(), RequestTimeout);
    }

    public Task<RunTimes> RunAsync() => _plan.Scenario switch
    {
        Scenario.PingPong => PingAsync(),
        Scenario.Latency or Scenario.Concurrent => RequestAsync(),
        _ => TellAsync(),
    };

    public async ValueTask DisposeAsync()
    {
        await _system.Remote().ShutdownAsync();
        await _system.DisposeAsync();
        _run.Dispose();
    }

    private async Task<RunTimes> TellAsync()
    {
        _run.Reset();
        var begin = new Begin { Expected = _plan.Messages, ProgressEvery = _plan.WindowStep };
        _system.Root.Request(_target, begin, _collector);
        await _run.Begun;

        var start = Stopwatch.GetTimestamp();
        for (var left = _plan.Messages; left > 0; left -= _plan.WindowStep)
        {
            await _run.WaitForRoomAsync();
            for (var i = Math.Min(left, _plan.WindowStep); i > 0; i--)
            {
                _system.Root.Send(_target, _message);
            }
        }

        await _run.Done;
        return new RunTimes(_plan.Messages, Stopwatch.GetElapsedTime(start));
    }

    private async Task<RunTimes> PingAsync()
    {
        _run.Reset();
        var start = Stopwatch.GetTimestamp();
        for (var left = _plan.Messages; left > 0; left -= _plan.WindowStep)
        {
            await _run.WaitForRoomAsync();
            for (var i = Math.Min(left, _plan.WindowStep); i > 0; i--)
            {
                _system.Root.Request(_target, _message, _collector);
            }
        }

        await _run.Done;
        return new RunTimes(2L * _plan.Messages, Stopwatch.GetElapsedTime(start));
    }

    private async Task<RunTimes> RequestAsync()
    {
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(_samples.Select(samples => Task.Run(() => RequestInTurnAsync(samples))));
        var elapsed = Stopwatch.GetElapsedTime(start);
        return new RunTimes(_plan.Messages, elapsed, LatencySamples.Merge(_samples));
    }

    private async Task RequestInTurnAsync(LatencySamples samples)
    {
        samples.Clear();
        for (var left = _plan.Messages / _samples.Length; left > 0; left--)
        {
            var start = Stopwatch.GetTimestamp();
            await _system.Root.RequestAsync<Payload>(_target, _message, RequestTimeout);
            samples.Add(Stopwatch.GetTimestamp() - start);
        }
    }
}
