namespace Remote.LoadTest;

/// <summary>One look at a process.</summary>
/// <param name="UnixMillis">When.</param>
/// <param name="ResidentMiB">Its memory.</param>
/// <param name="Waiting">Messages in the sender's queue, or in the receiver's mailboxes.</param>
/// <param name="Retained">Messages sent and not acknowledged, at the sender.</param>
internal sealed record Sample(long UnixMillis, double ResidentMiB, long Waiting, long Retained);

/// <summary>Looks at this process every so often until it is stopped.</summary>
internal sealed class Sampler(Func<(long Waiting, long Retained)> look)
{
    // Enough points for a plot of seconds or minutes.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Sample> _samples = [];
    private Task _running = Task.CompletedTask;

    public void Start() => _running = RunAsync();

    public async Task<IReadOnlyList<Sample>> StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        return _samples;
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var (waiting, retained) = look();
            _samples.Add(new Sample(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), Memory.ResidentMiB, waiting, retained));
            await Task.Delay(Interval, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
