using System.Diagnostics;

namespace Remote.Testing;

/// <summary>
/// Waits for conditions on state that a lock guards. Code that changes the state calls <see cref="Signal"/> under that lock,
/// so nothing polls. Conditions and descriptions run under the lock too.
/// </summary>
internal sealed class ConditionWaiters(Lock gate)
{
    /// <summary>Real time: a test that hangs should say so before its runner gives up on it.</summary>
    public static readonly TimeSpan DefaultCeiling = TimeSpan.FromSeconds(30);

    private readonly List<Waiter> _waiters = [];

    public void Signal()
    {
        Debug.Assert(gate.IsHeldByCurrentThread, "The conditions read what this lock guards.");
        _waiters.RemoveAll(static waiter => waiter.IsOver());
    }

    public async Task WaitAsync(Func<bool> condition, string expected, Func<string> seen, TimeSpan? ceiling)
    {
        var waiter = new Waiter(condition, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (gate)
        {
            if (condition())
            {
                return;
            }

            _waiters.Add(waiter);
        }

        var limit = ceiling ?? DefaultCeiling;
        try
        {
            await waiter.Reached.Task.WaitAsync(limit, TimeProvider.System).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            lock (gate)
            {
                if (!_waiters.Remove(waiter))
                {
                    // The condition was reached between the ceiling and this lock.
                    return;
                }

                throw new TimeoutException($"Waited {limit} for {expected}. Seen: {seen()}");
            }
        }
    }

    private sealed record Waiter(Func<bool> Condition, TaskCompletionSource Reached)
    {
        public bool IsOver()
        {
            try
            {
                return Condition() && Reached.TrySetResult();
            }
            catch (Exception failure)
            {
                // The test's own condition failed. Its test shall hear of that, not the code that caused the change.
                return Reached.TrySetException(failure);
            }
        }
    }
}
