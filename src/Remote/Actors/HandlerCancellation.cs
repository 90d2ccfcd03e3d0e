using Proto.Mailbox;

namespace Remote;

/// <summary>Tells the handler that runs that its actor is to stop.</summary>
/// <remarks>
/// Whoever posts the stop may be the thread that reads a connection, so none of the application's callbacks runs on it, and nothing of them is thrown at
/// it. An actor that has ended has disposed of its source, which then throws at once.
/// </remarks>
internal static class HandlerCancellation
{
    public static void Request(IMessageInvoker? actor)
    {
        try
        {
            _ = actor?.CancellationTokenSource?.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // Nothing runs any more.
        }
    }
}
