namespace Remote;

/// <summary>The policy for messages to one actor that is so slow that it would use up the credit of all others at its node.</summary>
public enum SlowTargetPolicy
{
    /// <summary>
    /// They wait apart, at most half of the user lane, while messages to other actors go on. Beyond that a <c>Send</c> is a dead letter
    /// <c>QueueFull</c> and a <c>SendAsync</c> waits.
    /// </summary>
    Park = 0,

    /// <summary>They become dead letters <c>QueueFull</c>. A <c>SendAsync</c> waits.</summary>
    DeadLetter = 1,

    /// <summary>
    /// They wait in the lane, and everything behind them waits too: nothing overtakes anything, and one actor slows all others down.
    /// </summary>
    Wait = 2,
}
