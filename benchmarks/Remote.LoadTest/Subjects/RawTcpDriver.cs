using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Remote.LoadTest;

/// <summary>Sends the bytes of the prebuilt frames over a bare socket, in large writes where nothing is waited for.</summary>
internal sealed class RawTcpDriver : IDriver
{
    /// <summary>The size of large writes and reads. Measured from 16 KiB to 1 MiB: more does not help, less does not either.</summary>
    public const int ChunkBytes = 256 * 1024;

    private readonly RunPlan _plan;
    private readonly byte[] _frame;
    private readonly byte[] _chunk;
    private readonly byte[] _answer = new byte[ChunkBytes];
    private readonly LatencySamples? _samples;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    public RawTcpDriver(RunPlan plan)
    {
        _plan = plan;
        _frame = PrebuiltFrame.Of(plan);
        _chunk = Repeat(_frame, Math.Max(1, ChunkBytes / _frame.Length));
        _samples = Scenarios.HasLatency(plan.Scenario) ? new LatencySamples(plan.Messages) : null;
    }

    public long DeadLetters => 0;

    private long Flushes => _plan.Messages / _plan.MessagesPerFlush;

    public async Task StartAsync(string address) => await _socket.ConnectAsync(IPEndPoint.Parse(address));

    public Task<RunTimes> RunAsync() => Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    internal static void SendAll(Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[socket.Send(bytes)..];
        }
    }

    private RunTimes Run()
    {
        _samples?.Clear();
        var start = Stopwatch.GetTimestamp();
        switch (_plan.Scenario)
        {
            case Scenario.PingPong:
                var sender = new Thread(SendStream) { IsBackground = true, Name = "raw tcp sender" };
                sender.Start();
                Receive(Flushes * _frame.Length);
                return new RunTimes(2L * _plan.Messages, Stopwatch.GetElapsedTime(start));
            case Scenario.Latency:
            case Scenario.Concurrent:
                ExchangeFlights();
                return new RunTimes(_plan.Messages, Stopwatch.GetElapsedTime(start), _samples);
            default:
                SendStream();
                Receive(1);
                return new RunTimes(_plan.Messages, Stopwatch.GetElapsedTime(start));
        }
    }

    private void SendStream()
    {
        for (var left = Flushes * _frame.Length; left > 0;)
        {
            var bytes = (int)Math.Min(left, _chunk.Length);
            SendAll(_socket, _chunk.AsSpan(0, bytes));
            left -= bytes;
        }
    }

    /// <summary>Keeps some flushes in flight and sends another for each that came back.</summary>
    private void ExchangeFlights()
    {
        long sent = 0;
        var starts = new Queue<long>(_plan.FlushesInFlight);
        for (long answered = 0; answered < Flushes; answered++)
        {
            for (; sent < Flushes && sent < answered + _plan.FlushesInFlight; sent++)
            {
                starts.Enqueue(Stopwatch.GetTimestamp());
                SendAll(_socket, _frame);
            }

            Receive(_frame.Length);
            _samples!.Add(Stopwatch.GetTimestamp() - starts.Dequeue());
        }
    }

    private void Receive(long bytes)
    {
        while (bytes > 0)
        {
            var read = _socket.Receive(_answer.AsSpan(0, (int)Math.Min(bytes, _answer.Length)));
            if (read == 0)
            {
                throw new LoadTestException("The receiver closed the connection.");
            }

            bytes -= read;
        }
    }

    private static byte[] Repeat(byte[] frame, int times)
    {
        var chunk = new byte[frame.Length * times];
        for (var i = 0; i < times; i++)
        {
            frame.CopyTo(chunk, i * frame.Length);
        }

        return chunk;
    }
}
