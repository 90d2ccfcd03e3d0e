using System.Globalization;

namespace Remote;

/// <summary>How the way to one peer is, at one moment.</summary>
/// <param name="Address">The peer.</param>
/// <param name="State">Of its endpoint.</param>
internal readonly record struct PeerCondition(string Address, EndpointState State)
{
    /// <summary>
    /// How long a way that ended in an error is told of: so that somebody who asks twice a minute sees it. If it is wanted again, a message begins it anew,
    /// and then its new state tells.
    /// </summary>
    public static readonly TimeSpan Lately = TimeSpan.FromMinutes(1);

    /// <summary>How full the lane is.</summary>
    public BackpressureLevel Level { get; init; }

    /// <summary>User messages that wait.</summary>
    public int Waiting { get; init; }

    /// <summary>How many may.</summary>
    public int Capacity { get; init; }

    /// <summary>Whether an attempt to connect has failed, or a connection was lost, at any time.</summary>
    public bool HasFailed { get; init; }

    /// <summary>Why it is closed; <see langword="null"/> when it is not.</summary>
    public EndpointTerminatedReason? ClosedBecause { get; init; }

    /// <summary>How long it has been closed.</summary>
    public TimeSpan ClosedFor { get; init; }

    /// <summary>Whether messages may be sent that pile up, or go nowhere.</summary>
    public bool IsUnwell => Level != BackpressureLevel.Normal || (!ClientAddress.IsClient(Address) && IsOutOfReach);

    /// <summary>How much it matters, among those that are unwell: where messages are about to be lost comes first.</summary>
    public int Gravity => !IsUnwell ? 0 : Level switch
    {
        BackpressureLevel.Critical => 4,
        BackpressureLevel.Warning => 3,
        _ => State == EndpointState.Closed ? 1 : 2,
    };

    // Between two attempts that fail lies more time in the attempts than in the waits, when nothing answers at all. And nobody is at fault when a node
    // without a listener goes.
    private bool IsOutOfReach => State switch
    {
        EndpointState.Backoff => true,
        EndpointState.Connecting => HasFailed,
        EndpointState.Closed => ClosedFor <= Lately && ClosedBecause is EndpointTerminatedReason.Unreachable or EndpointTerminatedReason.Refused
            or EndpointTerminatedReason.ControlOverflow or EndpointTerminatedReason.OwnAddress,
        _ => false,
    };

    /// <summary>
    /// A few words. Not what the last error said: that may quote the peer, and whoever may ask for the health of a node need not be one who may read it.
    /// </summary>
    public override string ToString() => State switch
    {
        EndpointState.Closed when ClosedBecause is { } why => string.Create(CultureInfo.InvariantCulture, $"Closed ({why})"),
        _ when Level != BackpressureLevel.Normal => string.Create(CultureInfo.InvariantCulture, $"{State}, {Level}: {Waiting} of {Capacity} wait"),
        _ when Waiting > 0 => string.Create(CultureInfo.InvariantCulture, $"{State}, {Waiting} wait"),
        _ => State.ToString(),
    };
}
