using System.Collections.Concurrent;

namespace Twins;

/// <summary>What happened somewhere in the program, for those who wait for it. Thread-safe.</summary>
public sealed class Journal
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _entries = new(StringComparer.Ordinal);

    public void Enter(string what) => Entry(what).TrySetResult();

    public bool Has(string what) => _entries.TryGetValue(what, out var entry) && entry.Task.IsCompleted;

    /// <summary>Prints it once it has happened.</summary>
    public async Task PrintAsync(string what)
    {
        await Entry(what).Task.WaitAsync(Patience);
        Console.WriteLine(what);
    }

    private TaskCompletionSource Entry(string what) =>
        _entries.GetOrAdd(what, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
