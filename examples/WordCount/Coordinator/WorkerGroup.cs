using System.Diagnostics;

namespace WordCount;

/// <summary>The worker processes of one run; they end with it.</summary>
internal sealed class WorkerGroup : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, WorkerProcess> _workers = [];

    /// <summary>Those that came up, in the order of their numbers.</summary>
    public IReadOnlyCollection<WorkerProcess> Workers => _workers.Values;

    /// <summary>Starts workers side by side and waits until each is ready or has failed.</summary>
    /// <param name="howMany">How many to start.</param>
    /// <param name="program">What to start.</param>
    /// <param name="onStarted">Told of each that is ready, one at a time.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>For each worker that did not come up, why.</returns>
    public async Task<IReadOnlyList<string>> StartAsync(
        int howMany, Func<ProcessStartInfo> program, Action<WorkerProcess> onStarted, CancellationToken cancellation)
    {
        var starts = Enumerable.Range(1, howMany).Select(number => TryStartAsync(number, program(), onStarted, cancellation)).ToList();
        return [.. (await Task.WhenAll(starts)).OfType<string>()];
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_workers.Values.Select(worker => worker.DisposeAsync().AsTask()));

    // Null when the worker is up.
    private async Task<string?> TryStartAsync(
        int number, ProcessStartInfo program, Action<WorkerProcess> onStarted, CancellationToken cancellation)
    {
        try
        {
            var worker = await WorkerProcess.StartAsync(number, program, cancellation);
            lock (_gate)
            {
                _workers.Add(number, worker);
                onStarted(worker);
            }

            return null;
        }
        catch (WorkerStartException failure)
        {
            return failure.Message;
        }
    }
}
