using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>
/// Writes a picture of the statistics once an interval. It is made right before it is written, so that nothing waits for a watcher that is slow: that one
/// gets the newest when it has read the one before, and the number of the intervals that went by.
/// </summary>
internal sealed class StatisticsWatch(TimeProvider time, TimeSpan interval)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <exception cref="RpcException">INVALID_ARGUMENT: it is too short or too long.</exception>
    public static TimeSpan IntervalOf(Duration? wanted)
    {
        if (wanted is null)
        {
            return TimeSpan.FromSeconds(1);
        }

        var seconds = wanted.Seconds + (wanted.Nanos / 1e9);
        return seconds >= Shortest.TotalSeconds && seconds <= Longest.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw CallFailure.Of(
                StatusCode.InvalidArgument, $"The interval is {seconds} s; it must be {Shortest.TotalSeconds} s to {Longest.TotalSeconds} s.");
    }

    public async Task RunAsync(Func<Wire.StatisticsUpdate> take, Func<Wire.StatisticsUpdate, Task> write, Watchers.Place place)
    {
        var missed = 0L;
        for (var number = 1L; ; number++)
        {
            var started = time.GetTimestamp();
            var update = take();
            (update.Number, update.Missed) = (number, missed);
            await place.WriteAsync(write(update)).ConfigureAwait(false);

            var taken = time.GetElapsedTime(started);
            missed = taken.Ticks / interval.Ticks;
            await Task.Delay(TimeSpan.FromTicks(interval.Ticks - (taken.Ticks % interval.Ticks)), time, place.Token).ConfigureAwait(false);
        }
    }
}
