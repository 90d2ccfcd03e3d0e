using System.Diagnostics;
using Proto;

namespace Remote.LoadTest;

/// <summary>The two ratios: with the flood divided by without.</summary>
internal sealed record NeighbourRatios(double Neighbour, double Others);

/// <summary>
/// Measures the speed of another pair of actors on the link of the slow one, and of other peers, in turns with and without a producer that waits for the
/// slow actor all the time.
/// </summary>
internal sealed class NeighbourMeasurement(PartNode node, SlowPlan plan)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    private readonly IRootContext _root = node.System.Root;

    public async Task<NeighbourRatios> RunAsync()
    {
        // Both kinds of a round once for nothing: the first seconds of a process are those of its compiler.
        await RatesAsync();
        await FloodedRatesAsync();
        List<double> neighbour = [], others = [];
        for (var round = 1; round <= plan.Rounds; round++)
        {
            // Who goes first changes, so that whatever grows or tires in the course of a run favours neither.
            var (quiet, flooded) = round % 2 == 1
                ? (await RatesAsync(), await FloodedRatesAsync())
                : Swap(await FloodedRatesAsync(), await RatesAsync());
            neighbour.Add(flooded.Neighbour / quiet.Neighbour);
            others.Add(flooded.Others / quiet.Others);
            await Console.Error.WriteLineAsync($"round {round}: messages/s of the neighbour {quiet.Neighbour:F0}, in a flood {flooded.Neighbour:F0}; of others {quiet.Others:F0}, in a flood {flooded.Others:F0}");
        }

        return new NeighbourRatios(Math.Round(Statistics.Median(neighbour), 3), Math.Round(Statistics.Median(others), 3));
    }

    private static ((double Neighbour, double Others) Quiet, (double Neighbour, double Others) Flooded) Swap(
        (double, double) flooded, (double, double) quiet) => (quiet, flooded);

    private async Task<(double Neighbour, double Others)> RatesAsync()
    {
        var neighbour = await RateAsync(plan.Receiver);
        var others = await Task.WhenAll(plan.Others.Select(address => Task.Run(() => RateAsync(address))));
        return (neighbour, others.Sum());
    }

    private async Task<(double Neighbour, double Others)> FloodedRatesAsync()
    {
        using var stop = new CancellationTokenSource();
        using var timeout = new CancellationTokenSource(plan.Ceiling);
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var flood = Task.Run(() => FloodAsync(full, stop.Token), CancellationToken.None);
        await full.Task.WaitAsync(plan.Ceiling);
        var rates = await RatesAsync();
        await stop.CancelAsync();
        await flood;

        // What is left is taken at once, so that the next round begins with nothing in the way.
        _root.Send(new PID(plan.Receiver, SlowPlan.Pace), new Progress { Received = 0 });
        await node.SettleAsync(plan.Receiver, timeout.Token);
        await _root.RequestAsync<Touched>(new PID(plan.Receiver, SlowPlan.Slow), new Touch(), plan.Ceiling);
        _root.Send(new PID(plan.Receiver, SlowPlan.Pace), new Progress { Received = plan.WorkMicros });
        await Task.Delay(Look, CancellationToken.None);
        return rates;
    }

    private async Task FloodAsync(TaskCompletionSource full, CancellationToken stop)
    {
        var target = new PID(plan.Receiver, SlowPlan.Slow);
        try
        {
            while (!stop.IsCancellationRequested)
            {
                // Number 0: no part of the flood that is counted.
                var sending = _root.SendAsync(target, new Numbered { Data = Google.Protobuf.UnsafeByteOperations.UnsafeWrap(new byte[SlowPlan.MessageBytes]) }, stop);
                if (!sending.IsCompleted)
                {
                    full.TrySetResult();
                }

                await sending;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end of the round: that message was not sent.
        }
    }

    private async Task<double> RateAsync(string address)
    {
        var target = new PID(address, SlowPlan.Fast);
        var start = Stopwatch.GetTimestamp();
        long sent = 0;
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < plan.WindowMillis)
        {
            for (var i = 0; i < 100; i++, sent++)
            {
                await _root.SendAsync(target, new Numbered());
            }
        }

        // Behind all of them.
        while (!await TouchAsync(target))
        {
            await _root.SendAsync(target, new Numbered());
            sent++;
        }

        return sent / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <returns><see langword="false"/> when the queue was full: a request does not wait for room.</returns>
    private async Task<bool> TouchAsync(PID target)
    {
        try
        {
            await _root.RequestAsync<Touched>(target, new Touch(), plan.Ceiling);
            return true;
        }
        catch (DeadLetterException)
        {
            // An endpoint that is closed would make the next SendAsync fail.
            return false;
        }
    }
}
