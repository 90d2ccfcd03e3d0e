namespace Remote;

/// <summary>What was in the lanes of an endpoint when they were emptied.</summary>
/// <param name="Control">Control messages, oldest first.</param>
/// <param name="User">User messages, oldest first.</param>
/// <param name="Waiters">Callers that waited for room.</param>
internal readonly record struct LaneRemainder(RemoteDelivery[] Control, RemoteDelivery[] User, LaneWaiter[] Waiters)
{
    public static LaneRemainder None => new([], [], []);
}
