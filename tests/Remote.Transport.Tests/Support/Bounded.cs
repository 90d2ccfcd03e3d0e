namespace Remote.Transport.Tests;

/// <summary>Every await of a test has an end, and says what it waited for.</summary>
internal static class Bounded
{
    public static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    public static async Task Within(this Task task, string what)
    {
        try
        {
            await task.WaitAsync(Ceiling);
        }
        catch (TimeoutException exception) when (!task.IsCompleted)
        {
            throw new TimeoutException($"Waited {Ceiling.TotalSeconds} s for: {what}.", exception);
        }
    }

    public static async Task<T> Within<T>(this Task<T> task, string what)
    {
        await ((Task)task).Within(what);
        return await task;
    }

    public static Task Within(this ValueTask task, string what) => task.AsTask().Within(what);

    public static Task<T> Within<T>(this ValueTask<T> task, string what) => task.AsTask().Within(what);
}
