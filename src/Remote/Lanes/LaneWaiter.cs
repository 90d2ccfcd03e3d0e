namespace Remote;

/// <summary>One <c>SendAsync</c> that waits for room in a full user lane.</summary>
internal sealed class LaneWaiter(in RemoteDelivery delivery)
    // Continuations are the caller's code: never run them on the thread that makes room.
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public readonly RemoteDelivery Delivery = delivery;
}
