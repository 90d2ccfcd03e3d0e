namespace Remote.EndToEnd.Tests;

/// <summary>Bounds waits for what processes do, so that a test that hangs says where.</summary>
internal static class Waiting
{
    /// <summary>Far beyond what anything takes on a busy machine.</summary>
    public static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    /// <summary>Waits, but not for ever.</summary>
    /// <param name="task">What is awaited.</param>
    /// <param name="phase">What the message of a timeout says.</param>
    public static async Task Within(this Task task, string phase)
    {
        try
        {
            await task.WaitAsync(Ceiling);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            throw new TimeoutException($"{phase}: not done within {Ceiling}.");
        }
    }

    /// <inheritdoc cref="Within(Task, string)"/>
    public static async Task<T> Within<T>(this Task<T> task, string phase)
    {
        await ((Task)task).Within(phase);
        return await task;
    }
}
