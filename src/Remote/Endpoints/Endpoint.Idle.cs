namespace Remote;

/// <summary>An endpoint that nothing goes through any more makes room, and no message is lost by that.</summary>
internal sealed partial class Endpoint
{
    private volatile bool _isRetired;

    /// <summary>Finds the endpoint that takes the messages of this one when it is retired.</summary>
    public Func<Endpoint, Endpoint?>? FindNext { get; init; }

    /// <summary>Whether a later endpoint of the address takes its messages.</summary>
    public bool IsRetired => _isRetired;

    /// <summary>Grows with everything that was to go through it.</summary>
    public long Activity => _mailbox.Activity;

    /// <summary>The endpoint that takes the messages of this one from now on, if another one does.</summary>
    private Endpoint? Next => MovedTo ?? (_isRetired ? FindNext?.Invoke(this) : null);

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
            Next?.Watch(pair.Watcher, pair.Target, new Proto.Watch(pair.Watcher));
        }

        return true;
    }
}
