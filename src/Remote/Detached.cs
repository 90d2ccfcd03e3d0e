namespace Remote;

/// <summary>
/// Starts loops and timers without the execution context of whoever happens to come first: its values would live as long as a connection,
/// and its activity would be the parent of all that happens on it (decision 12 of the design).
/// </summary>
internal static class Detached
{
    /// <summary>Runs on the pool.</summary>
    public static Task Run(Func<Task> run)
    {
        var started = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        ThreadPool.UnsafeQueueUserWorkItem(static state => state.started.SetResult(state.run()), (started, run), preferLocal: false);
        return started.Task.Unwrap();
    }

    /// <summary>Nobody waits for it any more: its failure, which may come later, is nobody's concern.</summary>
    public static void Forget(Task task) => _ = task.ContinueWith(
        static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>A timer that is not set yet.</summary>
    public static ITimer Timer(TimeProvider time, TimerCallback callback, object? state)
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            return time.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        using (ExecutionContext.SuppressFlow())
        {
            return time.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
