namespace Remote.Actors.Tests;

/// <summary>Bounds every wait of a test and says what it waited for.</summary>
internal static class Awaiting
{
    public static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    public static async Task Within(this Task task, string what)
    {
        try
        {
            await task.WaitAsync(Ceiling);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            throw new TimeoutException($"Waited {Ceiling} for {what}.");
        }
    }

    public static async Task<T> Within<T>(this Task<T> task, string what)
    {
        await ((Task)task).Within(what);
        return await task;
    }

    public static Task Within(this ValueTask task, string what) => task.AsTask().Within(what);
}
