using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>Statistics for a watcher that takes its time, by a clock that the test moves.</summary>
[Trait("Behaviour", "H-04")]
public sealed class StatisticsWatchTests
{
    [Fact]
    public async Task SlowWatcher_GetsTheNewestAndTheNumberOfThoseItMissed()
    {
        var time = new ManualTimeProvider();
        var watch = new StatisticsWatch(time, TimeSpan.FromSeconds(1));
        using var gone = new CancellationTokenSource();
        using var place = new Watchers(1).Enter(gone.Token, static () => { });
        var taken = 0;
        var writes = new EventProbe();
        var mayGoOn = new Queue<TaskCompletionSource>([new(), new(), new()]);
        var waits = mayGoOn.ToArray();
        Task WriteAsync(Wire.StatisticsUpdate update)
        {
            writes.Record(update);
            return mayGoOn.Dequeue().Task;
        }

        var running = watch.RunAsync(() => new Wire.StatisticsUpdate { Total = ++taken }, WriteAsync, place);
        var first = await writes.NextAsync<Wire.StatisticsUpdate>();
        Assert.Equal((1, 0, 1), (first.Number, first.Missed, first.Total));

        // It reads the first one three and a half seconds later. Nothing was made in between.
        time.Advance(TimeSpan.FromMilliseconds(3_500));
        Assert.Equal(1, taken);
        waits[0].SetResult();
        await time.WaitForTimersAsync(1);
        time.Advance(TimeSpan.FromMilliseconds(500));
        var second = await writes.NextAsync<Wire.StatisticsUpdate>();
        Assert.Equal((2, 3, 2), (second.Number, second.Missed, second.Total));

        // This one is read at once.
        waits[1].SetResult();
        await time.WaitForTimersAsync(1);
        time.Advance(TimeSpan.FromSeconds(1));
        var third = await writes.NextAsync<Wire.StatisticsUpdate>();
        Assert.Equal((3, 0, 3), (third.Number, third.Missed, third.Total));
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.Within("the end of the watch"));
    }
}
