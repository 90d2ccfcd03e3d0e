using System.Diagnostics;

namespace Remote.LoadTest;

/// <summary>Writes prebuilt messages to one stream, opened as a node opens it, and walks what comes back.</summary>
internal sealed class TransportDriver(RunPlan plan) : IDriver
{
    private const int MaxFrameBytes = 4 * 1024 * 1024;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(30);

    private readonly ReadOnlyMemory<byte> _message = PrebuiltFrame.Message(plan);
    private readonly LatencySamples? _samples = Scenarios.HasLatency(plan.Scenario) ? new LatencySamples(plan.Messages) : null;
    private PeerChannel? _channel;
    private DialledCall? _call;

    public long DeadLetters => 0;

    private long Flushes => plan.Messages / plan.MessagesPerFlush;

    public Task StartAsync(string address)
    {
        // The runs that warm up find the connection being dialled; those that are measured find it standing.
        _channel = new PeerChannel(address, new ChannelSettings(MaxFrameBytes, ConnectTimeout, new TransportOptions(), TimeProvider.System));
        _call = _channel.Receive();
        return Task.CompletedTask;
    }

    public async Task<RunTimes> RunAsync()
    {
        _samples?.Clear();
        var start = Stopwatch.GetTimestamp();
        switch (plan.Scenario)
        {
            case Scenario.PingPong:
                using (var room = new SemaphoreSlim(plan.FlushesInFlight))
                {
                    var sender = Task.Run(() => SendWithinAsync(room));
                    await CountAnswersAsync(room);
                    await sender;
                }

                return new RunTimes(2L * plan.Messages, Stopwatch.GetElapsedTime(start));
            case Scenario.Latency:
            case Scenario.Concurrent:
                await ExchangeFlightsAsync();
                return new RunTimes(plan.Messages, Stopwatch.GetElapsedTime(start), _samples);
            default:
                await SendAllAsync();
                await NextAsync();
                return new RunTimes(plan.Messages, Stopwatch.GetElapsedTime(start));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_call is not null)
        {
            await _call.CompleteAsync();
            _call.Abort();
        }

        if (_channel is not null)
        {
            await _channel.DisposeAsync();
        }
    }

    private async Task SendAllAsync()
    {
        for (long sent = 0; sent < Flushes; sent++)
        {
            await _call!.WriteAsync(_message);
        }
    }

    private async Task SendWithinAsync(SemaphoreSlim room)
    {
        for (long sent = 0; sent < Flushes; sent++)
        {
            await room.WaitAsync();
            await _call!.WriteAsync(_message);
        }
    }

    private async Task CountAnswersAsync(SemaphoreSlim room)
    {
        for (var counted = 0; counted < plan.Messages;)
        {
            counted += await NextAsync();
            room.Release();
        }
    }

    private async Task ExchangeFlightsAsync()
    {
        long sent = 0;
        var starts = new Queue<long>(plan.FlushesInFlight);
        for (long answered = 0; answered < Flushes; answered++)
        {
            for (; sent < Flushes && sent < answered + plan.FlushesInFlight; sent++)
            {
                starts.Enqueue(Stopwatch.GetTimestamp());
                await _call!.WriteAsync(_message);
            }

            await NextAsync();
            _samples!.Add(Stopwatch.GetTimestamp() - starts.Dequeue());
        }
    }

    /// <summary>Reads one frame and counts its envelopes.</summary>
    private async ValueTask<int> NextAsync() =>
        await _call!.Reader.ReadAsync()
            ? EnvelopeWalker.Count(_call.Reader.Message.Span)
            : throw new LoadTestException("The receiver ended the stream.");
}
