namespace Remote.Actors;

/// <summary>A message that is sent later.</summary>
internal sealed class ScheduledMessage : IDisposable
{
    private readonly ISenderContext _context;
    private readonly PID _target;
    private readonly MessageEnvelope _envelope;
    private readonly Lock _lock = new();
    private ITimer? _timer;
    private CancellationTokenRegistration _stopping;
    private bool _isDisposed;
    private bool _isRepeated;

    public ScheduledMessage(ISenderContext context, PID target, in MessageEnvelope envelope)
    {
        _context = context;
        _target = target;
        _envelope = envelope;
    }

    public void Start(TimeSpan delay, TimeSpan interval)
    {
        lock (_lock)
        {
            _isRepeated = interval != Timeout.InfiniteTimeSpan;
            using (ExecutionContext.SuppressFlow())
            {
                _timer = _context.ActorSystem.TimeProvider.CreateTimer(static state => ((ScheduledMessage)state!).Fire(), this, delay, interval);
            }
        }

        var registration = _context.ActorSystem.Stopping.UnsafeRegister(static state => ((ScheduledMessage)state!).Dispose(), this);
        lock (_lock)
        {
            _stopping = registration;
            if (_isDisposed)
            {
                registration.Unregister();
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _timer?.Dispose();
            _stopping.Unregister();
        }
    }

    private void Fire()
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }
        }

        _context.Send(_target, in _envelope);
        if (!_isRepeated)
        {
            Dispose();
        }
    }
}
