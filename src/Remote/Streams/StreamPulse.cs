
namespace Remote;

/// <summary>
/// The heartbeat of one stream: sends when nothing was sent, and says when nothing arrives. Without the capability it does nothing.
/// </summary>
internal sealed class StreamPulse : IDisposable
{
    private readonly TimeProvider _time;
    private readonly KeepAlive _keepAlive;
    private readonly FrameReader _reader;
    private readonly PayloadReader _payload;
    private readonly FrameWriter _frames;
    private readonly TaskCompletionSource _dead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer? _timer;
    private int _checking;

    public StreamPulse(
        TimeProvider time,
        HeartbeatOptions options,
        StreamCapabilities capabilities,
        FrameReader reader,
        PayloadReader payload,
        FrameWriter frames)
    {
        (_time, _reader, _payload, _frames) = (time, reader, payload, frames);
        _keepAlive = new KeepAlive(Ticks(options.Interval), Ticks(options.Timeout), _time.GetTimestamp());
        if (capabilities.HasFlag(StreamCapabilities.Heartbeat))
        {
            // The counters are checked four times per interval: a heartbeat is late by a quarter at most.
            var period = options.Interval / 4;
            _timer = Detached.Timer(_time, static pulse => ((StreamPulse)pulse!).Check(), this);
            _timer.Change(period, period);
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

        var isTimed = _frames.Heartbeats is { IsOn: true };
        var action = _keepAlive.Check(_time.GetTimestamp(), _frames.SentCount, _reader.BytesReceived, !_payload.IsHoldingBack, isTimed);
        if (action == KeepAliveAction.Send)
        {
            _frames.SendHeartbeat();
        }
        else if (action == KeepAliveAction.Dead)
        {
            _dead.TrySetResult();
        }

        Volatile.Write(ref _checking, 0);
    }

    private long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * _time.TimestampFrequency);
}
