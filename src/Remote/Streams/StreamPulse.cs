using Remote.Transport;

namespace Remote;

/// <summary>
/// The heartbeat of one stream: sends one when nothing was sent for the interval, and says when nothing was received for the timeout, which
/// is when the peer is gone, whatever TCP says. Without the capability it does nothing.
/// </summary>
/// <remarks>A timer looks at counters now and then: traffic itself pays nothing.</remarks>
internal sealed class StreamPulse : IDisposable
{
    private readonly TimeProvider _time;
    private readonly GrpcFrameReader _reader;
    private readonly PayloadReader _payload;
    private readonly FrameWriter _frames;
    private readonly TaskCompletionSource _dead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer? _timer;

    // Durations and moments in ticks of the clock's timestamps.
    private readonly long _interval;
    private readonly long _timeout;
    private long _sentAt;
    private long _receivedAt;
    private long _sent;
    private long _received;
    private int _checking;

    public StreamPulse(
        TimeProvider time, HeartbeatOptions options, StreamCapabilities capabilities, GrpcFrameReader reader, PayloadReader payload, FrameWriter frames)
    {
        (_time, _reader, _payload, _frames) = (time, reader, payload, frames);
        (_interval, _timeout) = (Ticks(options.Interval), Ticks(options.Timeout));
        _sentAt = _receivedAt = time.GetTimestamp();
        if (capabilities.HasFlag(StreamCapabilities.Heartbeat))
        {
            // The counters are checked four times per interval: a heartbeat is late by a quarter at most.
            var period = options.Interval / 4;
            _timer = time.CreateTimer(static pulse => ((StreamPulse)pulse!).Check(), this, period, period);
        }
    }

    /// <summary>Completes when the peer gave no sign of life for the timeout.</summary>
    public Task Dead => _dead.Task;

    public void Dispose() => _timer?.Dispose();

    private void Check()
    {
        // After a pause of the whole process two ticks may come at once.
        if (Interlocked.Exchange(ref _checking, 1) != 0)
        {
            return;
        }

        var now = _time.GetTimestamp();
        if (IsDead(now))
        {
            _dead.TrySetResult();
        }
        else if (IsHeartbeatDue(now))
        {
            _frames.SendHeartbeat();
        }

        Volatile.Write(ref _checking, 0);
    }

    private bool IsDead(long now)
    {
        // While we do not read, silence says nothing about the peer.
        var received = _reader.BytesReceived;
        if (received != _received || _payload.IsHoldingBack)
        {
            (_received, _receivedAt) = (received, now);
        }

        return now - _receivedAt >= _timeout;
    }

    private bool IsHeartbeatDue(long now)
    {
        var sent = _frames.SentCount;
        if (sent > _sent)
        {
            (_sent, _sentAt) = (sent, now);
        }

        if (now - _sentAt < _interval)
        {
            return false;
        }

        // The heartbeat counts from here, not from the check that sees it sent: one per interval, not one per interval and a check.
        (_sent, _sentAt) = (sent + 1, now);
        return true;
    }

    private long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * _time.TimestampFrequency);
}
