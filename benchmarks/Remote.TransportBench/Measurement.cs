using System.Diagnostics;
using Remote.LoadTest;

namespace Remote.TransportBench;

/// <summary>One run.</summary>
/// <param name="PerSecond">Frames that arrived per second; echoes, where they are asked for.</param>
/// <param name="P50Micros">The median time of an echo, or null.</param>
/// <param name="AllocatedBytes">What the sending process allocated, per frame.</param>
/// <param name="Micros">Processor time of both processes together, per frame.</param>
internal sealed record Figures(double PerSecond, double? P50Micros, double AllocatedBytes, double Micros);

/// <summary>The runs of both sides with frames of one size.</summary>
internal sealed record Row(int FrameBytes, bool IsEcho, IReadOnlyDictionary<Side, Figures> Figures);

/// <summary>Measures the sides in turns, run by run, each between two processes of its own.</summary>
/// <param name="length">How long a run takes.</param>
/// <param name="runs">Counted runs.</param>
/// <param name="progress">Hears of each run.</param>
internal sealed class Measurement(TimeSpan length, int runs, TextWriter progress)
{
    // As LoadTest: the rates of a process stay where they are after the fifth run.
    private const int WarmUpRuns = 5;

    // What gRPC writes in front of a frame counts too, so that frames fill whole blocks.
    private const int PrefixBytes = 5;

    private static readonly (int Bytes, bool IsEcho)[] Kinds =
        [(100, false), (1024, false), (16 * 1024, false), (128 * 1024, false), (1024 * 1024, false), (100, true)];

    public async Task<IReadOnlyList<Row>> MeasureAsync(CancellationToken cancellation)
    {
        List<Row> rows = [];
        foreach (var (bytes, isEcho) in Kinds)
        {
            rows.Add(await MeasureAsync(bytes, isEcho, cancellation));
        }

        return rows;
    }

    private async Task<Row> MeasureAsync(int bytes, bool isEcho, CancellationToken cancellation)
    {
        using var node = await Peer.StartAsync(Side.Node, cancellation);
        using var stock = await Peer.StartAsync(Side.Stock, cancellation);
        var figures = Enum.GetValues<Side>().ToDictionary(side => side, _ => new List<Figures>());
        for (var run = -WarmUpRuns; run < runs; run++)
        {
            foreach (var (side, peer) in new[] { (Side.Node, node), (Side.Stock, stock) })
            {
                cancellation.ThrowIfCancellationRequested();
                var one = await RunAsync(side, peer, new byte[bytes - PrefixBytes], isEcho);
                await progress.WriteLineAsync($"{bytes} B{(isEcho ? " and back" : "")}, {(run < 0 ? "warm-up" : $"run {run + 1} of {runs}")}: {side} {one.PerSecond:0}/s");
                if (run >= 0)
                {
                    figures[side].Add(one);
                }
            }
        }

        return new Row(bytes, isEcho, figures.ToDictionary(pair => pair.Key, pair => Median(pair.Value)));
    }

    private async Task<Figures> RunAsync(Side side, Peer peer, byte[] frame, bool isEcho)
    {
        await using var stream = Sides.Open(side, peer.Address);
        await stream.WriteAsync(isEcho ? Peer.EchoRequest : Peer.CountRequest);
        var allocated = GC.GetTotalAllocatedBytes();
        var processor = Environment.CpuUsage.TotalTime + peer.ProcessorTime;
        var start = Stopwatch.GetTimestamp();
        List<double>? times = isEcho ? new(1_000_000) : null;
        var frames = times is null ? await SendAsync(stream, frame, start) : await EchoAsync(stream, frame, start, times);
        var elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var used = Environment.CpuUsage.TotalTime + peer.ProcessorTime - processor;
        return new Figures(
            frames / elapsed,
            times is null ? null : Statistics.Median(times),
            (double)(GC.GetTotalAllocatedBytes() - allocated) / frames,
            used.TotalMicroseconds / frames);
    }

    private async Task<long> SendAsync(ICallerStream stream, byte[] frame, long start)
    {
        long frames = 0;
        for (; Stopwatch.GetElapsedTime(start) < length; frames++)
        {
            await stream.WriteAsync(frame);
        }

        await stream.CompleteAsync();
        await stream.ReadAsync();
        return frames;
    }

    private async Task<long> EchoAsync(ICallerStream stream, byte[] frame, long start, List<double> times)
    {
        while (Stopwatch.GetElapsedTime(start) < length)
        {
            var sent = Stopwatch.GetTimestamp();
            await stream.WriteAsync(frame);
            if (await stream.ReadAsync() != frame.Length)
            {
                throw new LoadTestException("The other process sent something else back.");
            }

            times.Add(Stopwatch.GetElapsedTime(sent).TotalMicroseconds);
        }

        return times.Count;
    }

    private static Figures Median(List<Figures> all) => new(
        Statistics.Median(all.Select(one => one.PerSecond)),
        all[0].P50Micros is null ? null : Statistics.Median(all.Select(one => one.P50Micros!.Value)),
        Statistics.Median(all.Select(one => one.AllocatedBytes)),
        Statistics.Median(all.Select(one => one.Micros)));
}
