using Remote.Transport;

namespace Remote;

/// <summary>
/// The heartbeat of one stream: sends when nothing was sent, and says when nothing arrives. Without the capability it does nothing.
/// </summary>
internal sealed class StreamPulse : IDisposable
{
    private readonly TimeProvider _time;
    private readonly KeepAlive _keepAlive;
    private readonly GrpcFrameReader _reader;
    private readonly PayloadReader _link;
    private readonly IStreamSender _sender;
    private readonly TaskCompletionSource _dead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer? _timer;
    private int _checking;

    /// <param name="node">Clock and options.</param>
    /// <param name="capabilities">What was agreed on for the stream.</param>
    /// <param name="reader">Counts what arrives.</param>
    /// <param name="link">Knows whether it is being read.</param>
    /// <param name="sender">Counts what is sent, and sends a heartbeat.</param>
    public StreamPulse(RemoteNode node, StreamCapabilities capabilities, GrpcFrameReader reader, PayloadReader link, IStreamSender sender)
    {
        var options = node.Options.Heartbeat;
        _time = node.Time;
        _reader = reader;
        _link = link;
        _sender = sender;
        _keepAlive = new KeepAlive(Ticks(options.Interval), Ticks(options.Timeout), _time.GetTimestamp());
        if (capabilities.HasFlag(StreamCapabilities.Heartbeat))
        {
            // Looked at four times per interval: a heartbeat is late by a quarter at most.
            var period = options.Interval / 4;
            _timer = _time.CreateTimer(static pulse => ((StreamPulse)pulse!).Check(), this, period, period);
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

        var action = _keepAlive.Check(_time.GetTimestamp(), _sender.SentCount, _reader.BytesReceived, !_link.IsHoldingBack);
        if (action == KeepAliveAction.Send)
        {
            _sender.SendHeartbeat();
        }
        else if (action == KeepAliveAction.Dead)
        {
            _dead.TrySetResult();
        }

        Volatile.Write(ref _checking, 0);
    }

    private long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * _time.TimestampFrequency);
}

/// <summary>Whoever writes on a stream: an <see cref="EndpointWriter"/>, or a <see cref="ResponseWriter"/>.</summary>
internal interface IStreamSender
{
    /// <summary>Grows with what was sent.</summary>
    long SentCount { get; }

    /// <summary>Sends a heartbeat unless something else goes out anyway. Must not block.</summary>
    void SendHeartbeat();
}
