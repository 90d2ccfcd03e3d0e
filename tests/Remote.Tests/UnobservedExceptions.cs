using System.Collections.Concurrent;

namespace Remote.Tests;

/// <summary>
/// Keeps the exceptions of tasks that nobody looked at, from now on. They belong to the process: what is measured here has to run alone, and what
/// earlier tests left is told before.
/// </summary>
internal sealed class UnobservedExceptions : IDisposable
{
    private readonly ConcurrentQueue<AggregateException> _seen = new();

    public UnobservedExceptions()
    {
        Collect();
        TaskScheduler.UnobservedTaskException += OnUnobserved;
    }

    /// <summary>Whether a stack trace has a frame of the product: of Remote, and neither of its tests nor of what it offers to tests.</summary>
    public static bool IsOfTheProduct(string stackTrace) => stackTrace.Split('\n').Any(static frame =>
    {
        var at = frame.TrimStart();
        return at.StartsWith("at Remote.", StringComparison.Ordinal)
            && !at.StartsWith("at Remote.Tests.", StringComparison.Ordinal)
            && !at.StartsWith("at Remote.Testing.", StringComparison.Ordinal);
    });

    /// <summary>Fails when an exception was left whose stack trace is one of ours.</summary>
    /// <param name="isOurs">
    /// Judges a stack trace. Not the text of the exception: what an earlier test waited for in vain tells the whole log, and with it the frames of
    /// exceptions that were looked at.
    /// </param>
    public void AssertNone(Func<string, bool> isOurs)
    {
        Collect();
        var left = _seen.Where(exception => exception.Flatten().InnerExceptions.Any(inner => WentThrough(inner, isOurs))).ToList();
        Assert.True(left.Count == 0, string.Join("\n\n", left));
    }

    public void Dispose() => TaskScheduler.UnobservedTaskException -= OnUnobserved;

    private static bool WentThrough(Exception exception, Func<string, bool> isOurs)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e.StackTrace is { } stackTrace && isOurs(stackTrace))
            {
                return true;
            }
        }

        return false;
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }

    private void OnUnobserved(object? sender, UnobservedTaskExceptionEventArgs e) => _seen.Enqueue(e.Exception);
}
