namespace Remote;

/// <summary>The step that keeps a stream alive, or finds it dead.</summary>
internal enum KeepAliveAction
{
    Nothing,

    /// <summary>Nothing was sent for the interval, or no heartbeat where they are timed: send one.</summary>
    Send,

    /// <summary>Nothing was received for the timeout: the peer is gone, whatever TCP says.</summary>
    Dead,
}

/// <summary>
/// Decides when a stream needs a heartbeat and when it is dead, from counters that are looked at now and then: traffic itself pays nothing.
/// Pure: holds no timer, reads no clock. Times are timestamps of one <see cref="TimeProvider"/>. Used by one timer at a time.
/// </summary>
internal sealed class KeepAlive(long interval, long timeout, long now)
{
    private long _sentAt = now;
    private long _beatAt = now;
    private long _receivedAt = now;
    private long _sent;
    private long _received;

    /// <param name="at">Now.</param>
    /// <param name="sent">A counter that grows with everything sent.</param>
    /// <param name="received">A counter that grows with everything received.</param>
    /// <param name="reading">Whether we read at all: while we do not, silence says nothing about the peer.</param>
    /// <param name="timed">
    /// Whether somebody wants to know how long a heartbeat takes: then one is sent per interval, whatever else is. A busy stream would tell
    /// nothing otherwise.
    /// </param>
    public KeepAliveAction Check(long at, long sent, long received, bool reading, bool timed = false)
    {
        if (sent > _sent)
        {
            (_sent, _sentAt) = (sent, at);
        }

        if (received != _received || !reading)
        {
            (_received, _receivedAt) = (received, at);
        }

        if (at - _receivedAt >= timeout)
        {
            return KeepAliveAction.Dead;
        }

        if (at - (timed ? _beatAt : _sentAt) < interval)
        {
            return KeepAliveAction.Nothing;
        }

        // The heartbeat counts from here, not from the check that sees it sent: one per interval, not one per interval and a check.
        (_sent, _sentAt, _beatAt) = (sent + 1, at, at);
        return KeepAliveAction.Send;
    }
}
