using System.Diagnostics;
using System.Globalization;

namespace Remote.Benchmarks;

/// <summary>Rates of the codec at a glance, on one core: `-- codec`.</summary>
internal static class QuickCodec
{
    private const int Rounds = 7;
    private static readonly TimeSpan RoundTime = TimeSpan.FromMilliseconds(300);

    internal static void Run()
    {
        Console.WriteLine($"{"load",-24} {"encode/s",12} {"bytes/op",9} {"decode/s",12} {"bytes/op",9}");
        Measure("empty", new CodecLoad(0, 1, requests: false));
        Measure("empty request", new CodecLoad(0, 1, requests: true));
        Measure("100 bytes", new CodecLoad(100, 1, requests: false));
        Measure("1024 bytes", new CodecLoad(1024, 1, requests: false));
        Measure("empty, 100 targets", new CodecLoad(0, 100, requests: false));
        Measure("empty, 10000 targets", new CodecLoad(0, 10_000, requests: false, batchSize: 10_000));
        Measure("request, batches of 1", new CodecLoad(0, 1, requests: true, batchSize: 1));
    }

    /// <summary>One message to 64 peers: `-- fan-out`.</summary>
    internal static void RunFanOut()
    {
        Console.WriteLine($"{"fields",-8} {"each/s",12} {"bytes/op",9} {"shared/s",12} {"bytes/op",9} {"ratio",6}");
        foreach (var fields in new[] { 1, 40 })
        {
            using var load = new FanOutLoad(fields);
            var (each, eachBytes) = Rate(() => load.Each());
            var (shared, sharedBytes) = Rate(() => load.Shared());
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{fields,-8} {each,12:N0} {eachBytes,9:F1} {shared,12:N0} {sharedBytes,9:F1} {shared / each,6:F2}"));
        }
    }

    private static void Measure(string name, CodecLoad load)
    {
        using (load)
        {
            var (encoded, encodeBytes) = Rate(load.Encode);
            var (decoded, decodeBytes) = Rate(load.Decode);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-24} {encoded,12:N0} {encodeBytes,9:F1} {decoded,12:N0} {decodeBytes,9:F1}"));
        }
    }

    /// <summary>The median of the rounds after two for warming up, and what one message allocated in the last.</summary>
    private static (double Rate, double Bytes) Rate(Func<long> batch)
    {
        var rates = new double[Rounds];
        var bytes = 0.0;
        for (var round = -2; round < Rounds; round++)
        {
            long count = 0;
            var before = GC.GetAllocatedBytesForCurrentThread();
            var watch = Stopwatch.StartNew();
            while (watch.Elapsed < RoundTime)
            {
                count += batch();
            }

            rates[Math.Max(round, 0)] = count / watch.Elapsed.TotalSeconds;
            bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)count;
        }

        Array.Sort(rates);
        return (rates[Rounds / 2], bytes);
    }
}
