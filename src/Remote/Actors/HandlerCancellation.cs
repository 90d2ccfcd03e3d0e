using Proto.Mailbox;

namespace Remote;

/// <summary>Tells the handler that runs that its actor is to stop.</summary>
/// <remarks>
/// Whoever posts the stop may be the thread that reads a connection, so none of the application's callbacks runs on it, and nothing of them is thrown at
/// it. An actor that has ended has disposed of its source: that is said in the task, too, and concerns nobody.
/// </remarks>
internal static class HandlerCancellation
{
    public static void Request(IMessageInvoker? actor) => _ = actor?.CancellationTokenSource?.CancelAsync();
}
