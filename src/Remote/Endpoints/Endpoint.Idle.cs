using Proto;

namespace Remote;

/// <summary>Finds the endpoint that follows one which was retired; <see langword="null"/> when there can be none, and why.</summary>
internal delegate Endpoint? FindSuccessor(Endpoint retired, out DeadLetterReason refusal);

/// <summary>An endpoint that nothing goes through any more makes room, and no message is lost by that.</summary>
internal sealed partial class Endpoint
{
    private volatile bool _isRetired;

    /// <summary>Finds the endpoint that takes the messages of this one when it is retired.</summary>
    public FindSuccessor? FindNext { get; init; }

    /// <summary>Whether a later endpoint of the address takes its messages.</summary>
    public bool IsRetired => _isRetired;

    /// <summary>Grows with everything that was to go through it.</summary>
    public long Activity => _mailbox.Activity;

    /// <summary>The endpoint that takes the messages of this one from now on, if another one does.</summary>
    private Endpoint? Next => FindNextOrRefusal(out _);

    /// <summary>
    /// Lets nothing more in, if nothing waits, is on its way or is watched: what comes from now on goes through a new endpoint.
    /// </summary>
    public bool TryRetire()
    {
        if (FindNext is null || WatchCount > 0 || !_mailbox.TryRetire(() => _isRetired = true))
        {
            return false;
        }

        // A watch that came in between has seen it or is seen here.
        foreach (var pair in _watches.TakeAll())
        {
            if (Next is { } next)
            {
                next.Watch(pair.Watcher, pair.Target, new Proto.Watch(pair.Watcher));
            }
            else
            {
                Tell(pair, TerminatedReason.AddressTerminated);
            }
        }

        return true;
    }

    /// <summary>See <see cref="Next"/>; says why there is none.</summary>
    private Endpoint? FindNextOrRefusal(out DeadLetterReason refusal)
    {
        refusal = DeadLetterReason.EndpointClosed;
        return MovedTo ?? (_isRetired ? FindNext?.Invoke(this, out refusal) : null);
    }
}
