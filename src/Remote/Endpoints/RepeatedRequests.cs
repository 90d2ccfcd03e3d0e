namespace Remote;

/// <summary>
/// Of messages that are given up together, the requests that their callers have sent more than once with one and the same future; in a cluster, all requests.
/// </summary>
/// <remarks>
/// Whoever repeats a request waits no longer for the first one, and its next attempt may go elsewhere. That is how Proto.Cluster asks a virtual actor, and it takes whatever comes
/// for an answer of the actor that it asked last: a dead letter of a member that is gone would be held against the activation in its place, which the cluster
/// then forgets and starts a second time (decision page 0031). Not thread-safe.
/// </remarks>
internal sealed class RepeatedRequests
{
    private readonly HashSet<Caller> _callers = [];
    private readonly bool _all;
    private HashSet<Caller>? _repeated;

    /// <param name="all">Whether every request counts as repeated: in a cluster, one that was sent once may be in its second attempt, which asks where to send it.</param>
    public RepeatedRequests(bool all) => _all = all;

    public void Add(ReadOnlySpan<RemoteDelivery> deliveries)
    {
        if (_all)
        {
            return;
        }

        foreach (ref readonly var delivery in deliveries)
        {
            if (Caller.Of(delivery) is { } caller && !_callers.Add(caller))
            {
                (_repeated ??= []).Add(caller);
            }
        }
    }

    public void Add(in LaneRemainder remainder)
    {
        Add(remainder.Priority);
        Add(remainder.User);
    }

    public bool Contains(in RemoteDelivery delivery) =>
        Caller.Of(delivery) is { } caller && (_all || _repeated?.Contains(caller) == true);

    // An actor that sends in its own name has no future, and is told of each message.
    private readonly record struct Caller(string Address, string Id, uint Request)
    {
        public static Caller? Of(in RemoteDelivery delivery) =>
            delivery.Sender is { } sender && (sender.RequestId != 0 || delivery.HasOwnFuture) ? new(sender.Address, sender.Id, sender.RequestId) : null;
    }
}
