namespace Remote;

/// <summary>The policy for a message that finds the user lane of an endpoint full. Each refused message is one dead letter.</summary>
public enum OverflowPolicy
{
    /// <summary>The message that finds no room becomes a dead letter with reason <c>QueueFull</c>; a request fails at once.</summary>
    DropNewest = 0,

    /// <summary>
    /// The oldest waiting message becomes a dead letter with reason <c>DroppedOldest</c> and the new one takes its place.
    /// </summary>
    DropOldest = 1,

    /// <summary>
    /// From <see cref="BackpressureLevel.Critical"/> on new messages become dead letters with reason <c>Shed</c>, until the level is left
    /// again: messages that wait already have a chance to arrive in time.
    /// </summary>
    ShedAtCritical = 2,
}
