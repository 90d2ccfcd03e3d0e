using System.Diagnostics;
using System.Globalization;
using Remote.Transport;

// Two processes on loopback. `peer` is the other process; everything else is a scenario of this one.
//   dotnet run -c Release --project benchmarks/Remote.TransportBench -- [throughput|pingpong|all] [--seconds N]
string mode = args.Length > 0 ? args[0] : "all";
double seconds = args.SkipWhile(a => a != "--seconds").Skip(1).Select(s => double.Parse(s, CultureInfo.InvariantCulture)).FirstOrDefault(3);
if (mode == "peer")
{
    await Peer.RunAsync();
    return;
}

if (mode is "throughput" or "all")
{
    foreach (int size in new[] { 1024 * 1024 - 5, 128 * 1024 - 5, 16 * 1024 - 5, 100 })
    {
        await Throughput.RunAsync(size, seconds);
    }
}

if (mode is "flood" or "all")
{
    foreach (int size in new[] { 1024 * 1024 - 5, 16 * 1024 - 5, 100 })
    {
        await Flood.RunAsync(size, seconds);
    }
}

if (mode is "pingpong" or "all")
{
    await PingPong.RunAsync(seconds);
}

internal static class Window
{
    /// <summary>BENCH_WINDOW: the stream window in KiB, both ways.</summary>
    public static int Bytes { get; } = 1024 * int.Parse(Environment.GetEnvironmentVariable("BENCH_WINDOW") ?? "4096", CultureInfo.InvariantCulture);
}

internal static class Peer
{
    /// <summary>Sinks whatever arrives on /bench.B/Sink; answers /bench.B/Ping on a stream of its own to the address in the first message.</summary>
    public static async Task RunAsync()
    {
        var options = new GrpcServerOptions { MaxReceiveMessageBytes = 8 << 20, InitialStreamWindowBytes = Window.Bytes }.Listen("127.0.0.1", 0);
        options.Methods.Add("/bench.B/Sink", SinkAsync);
        options.Methods.Add("/bench.B/Ping", PingAsync);
        options.Methods.Add("/bench.B/Flood", FloodAsync);
        await using GrpcServer server = await GrpcServer.StartAsync(options);
        Console.WriteLine(server.Addresses[0]);
        Console.In.ReadLine();
    }

    private static async Task SinkAsync(GrpcServerStream stream)
    {
        long messages = 0;
        long bytes = 0;
        long segments = 0;
        long allocated = GC.GetTotalAllocatedBytes();
        while (await stream.Reader.ReadAsync())
        {
            messages++;
            bytes += stream.Reader.Message.Length;
            if (!stream.Reader.Message.IsSingleSegment)
            {
                foreach (ReadOnlyMemory<byte> _ in stream.Reader.Message)
                {
                    segments++;
                }
            }
            else
            {
                segments++;
            }
        }

        var answer = new byte[32];
        BitConverter.TryWriteBytes(answer.AsSpan(0), messages);
        BitConverter.TryWriteBytes(answer.AsSpan(8), bytes);
        BitConverter.TryWriteBytes(answer.AsSpan(16), segments);
        BitConverter.TryWriteBytes(answer.AsSpan(24), GC.GetTotalAllocatedBytes() - allocated);
        await stream.WriteAsync(answer);
    }

    /// <summary>Sends frames of the size asked for until the caller half-closes.</summary>
    private static async Task FloodAsync(GrpcServerStream stream)
    {
        await stream.Reader.ReadAsync();
        int size = BitConverter.ToInt32(System.Buffers.BuffersExtensions.ToArray(stream.Reader.Message));
        var message = new byte[size];
        Task<bool> end = stream.Reader.ReadAsync().AsTask();
        while (!end.IsCompleted)
        {
            await stream.WriteAsync(message);
        }
    }

    private static async Task PingAsync(GrpcServerStream stream)
    {
        await stream.Reader.ReadAsync();
        string address = System.Text.Encoding.UTF8.GetString(System.Buffers.BuffersExtensions.ToArray(stream.Reader.Message));
        await using var client = new GrpcClient(address);
        await using GrpcDuplexCall back = await client.DuplexAsync("/bench.A/Pong");
        var message = new byte[100];
        while (await stream.Reader.ReadAsync())
        {
            await back.WriteAsync(message);
        }
    }
}

internal sealed class Child : IDisposable
{
    private readonly Process _process;

    public Child()
    {
        _process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, "peer") { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Address = _process.StandardOutput.ReadLine()!;
    }

    public string Address { get; }

    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}

internal static class Throughput
{
    public static async Task RunAsync(int size, double seconds)
    {
        using var child = new Child();
        await using var client = new GrpcClient(child.Address, new GrpcClientOptions { InitialStreamWindowBytes = Window.Bytes });
        var message = new byte[size];
        for (int run = 0; run < 2; run++)
        {
            TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
            TimeSpan childCpu = child.Cpu;
            long allocated = GC.GetTotalAllocatedBytes();
            await using GrpcDuplexCall call = await client.DuplexAsync("/bench.B/Sink");
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start).TotalSeconds < (run == 0 ? 1 : seconds))
            {
                for (int i = 0; i < 8; i++)
                {
                    await call.WriteAsync(message);
                }
            }

            await call.CompleteAsync();
            await call.Reader.ReadAsync();
            double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
            byte[] answer = System.Buffers.BuffersExtensions.ToArray(call.Reader.Message);
            long messages = BitConverter.ToInt64(answer, 0);
            long bytes = BitConverter.ToInt64(answer, 8);
            if (run == 1)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{size,8} B: {bytes / elapsed / 1e9,6:F3} GB/s {messages / elapsed,10:F0} frames/s  segments/frame {BitConverter.ToInt64(answer, 16) / (double)messages:F1}  alloc/frame {(GC.GetTotalAllocatedBytes() - allocated) / messages} sender, {BitConverter.ToInt64(answer, 24) / messages} receiver  cpu {(Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds / elapsed:F2} sender, {(child.Cpu - childCpu).TotalSeconds / elapsed:F2} receiver"));
            }
        }
    }
}

internal static class Flood
{
    public static async Task RunAsync(int size, double seconds)
    {
        using var child = new Child();
        await using var client = new GrpcClient(child.Address, new GrpcClientOptions { InitialStreamWindowBytes = Window.Bytes });
        await using GrpcDuplexCall call = await client.DuplexAsync("/bench.B/Flood");
        await call.WriteMessageAsync(new System.Buffers.ReadOnlySequence<byte>(BitConverter.GetBytes(size)));
        long messages = 0;
        long bytes = 0;
        long allocated = 0;
        TimeSpan childCpu = TimeSpan.Zero;
        long start = Stopwatch.GetTimestamp();
        bool warm = false;
        bool asked = false;
        while (await call.Reader.ReadAsync())
        {
            messages++;
            bytes += call.Reader.Message.Length;
            double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (!warm && elapsed > 1)
            {
                warm = true;
                messages = 0;
                bytes = 0;
                allocated = GC.GetTotalAllocatedBytes();
                childCpu = child.Cpu;
                start = Stopwatch.GetTimestamp();
            }
            else if (warm && !asked && elapsed > seconds)
            {
                asked = true;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{size,8} B from server to client: {bytes / elapsed / 1e9,6:F3} GB/s {messages / elapsed,10:F0} frames/s  alloc/frame {(GC.GetTotalAllocatedBytes() - allocated) / messages} receiver  cpu {(child.Cpu - childCpu).TotalSeconds / elapsed:F2} sender"));
                await call.CompleteAsync();
            }
        }
    }
}

internal static class PingPong
{
    public static async Task RunAsync(double seconds)
    {
        using var child = new Child();
        var arrived = new SemaphoreSlim(0);
        var latencies = new List<long>(1_000_000);
        var options = new GrpcServerOptions().Listen("127.0.0.1", 0);
        var message = new byte[100];
        GrpcDuplexCall? call = null;
        long began = 0;
        long sent = 0;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        options.Methods.Add("/bench.A/Pong", async stream =>
        {
            await stream.StartAsync();
            while (await stream.Reader.ReadAsync())
            {
                latencies.Add(Stopwatch.GetTimestamp() - sent);
                if (Stopwatch.GetElapsedTime(began).TotalSeconds > seconds + 1)
                {
                    done.TrySetResult();
                    continue;
                }

                sent = Stopwatch.GetTimestamp();
                await call!.WriteAsync(message);
            }
        });
        await using GrpcServer server = await GrpcServer.StartAsync(options);
        await using var client = new GrpcClient(child.Address, new GrpcClientOptions { InitialStreamWindowBytes = Window.Bytes });
        call = await client.DuplexAsync("/bench.B/Ping");
        await call.WriteMessageAsync(new System.Buffers.ReadOnlySequence<byte>(System.Text.Encoding.UTF8.GetBytes(server.Addresses[0])));
        began = Stopwatch.GetTimestamp();
        sent = began;
        await call.WriteAsync(message);
        await done.Task;
        await call.CompleteAsync();
        latencies.RemoveRange(0, latencies.Count / 4);
        latencies.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"ping-pong 100 B over two streams: p50 {Micros(latencies, 0.5):F1} us  p90 {Micros(latencies, 0.9):F1} us  p99 {Micros(latencies, 0.99):F1} us  n={latencies.Count}"));
    }

    private static double Micros(List<long> sorted, double p) => sorted[(int)(sorted.Count * p)] * 1e6 / Stopwatch.Frequency;
}
