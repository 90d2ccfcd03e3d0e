using Remote;

namespace Backpressure;

/// <summary>One way to overfill a lane of 100, and everything that must come of it.</summary>
/// <param name="Name">For people.</param>
/// <param name="Waits">With <c>SendAsync</c>.</param>
/// <param name="Policy">What is lost otherwise.</param>
/// <param name="Reason">The reason of the dead letters.</param>
/// <param name="Dead">How many there are.</param>
/// <param name="Waiters">How many calls wait when the lane is full.</param>
/// <param name="Fullest">How many messages the lane holds at the most.</param>
internal sealed record Scenario(string Name, bool Waits, OverflowPolicy Policy, string Reason, int Dead, int Waiters, int Fullest)
{
    public const int Capacity = 100;

    /// <summary>Parcels that meet the lane while nothing leaves it: half as many again as there is room for.</summary>
    public const int Parcels = 150;

    /// <summary>
    /// Large parcels that are sent first, so that the connection is full. Two of them leave the lane; the third is stuck in it, or in the hands
    /// of the writer. Where the oldest are dropped there are so many more that a large one is stuck in the end, too.
    /// </summary>
    public int Plugs => Policy == OverflowPolicy.DropOldest ? 3 + Dead : 3;

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("Send, drop newest", false, OverflowPolicy.DropNewest, "QueueFull", 50, 0, Capacity),
        new("Send, drop oldest", false, OverflowPolicy.DropOldest, "DroppedOldest", 50, 0, Capacity),
        new("Send, shed at critical", false, OverflowPolicy.ShedAtCritical, "Shed", 65, 0, 85),
        new("SendAsync", true, OverflowPolicy.DropNewest, "QueueFull", 0, 50, Capacity),
    ];
}
