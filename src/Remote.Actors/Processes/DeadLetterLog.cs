using Microsoft.Extensions.Logging;

namespace Remote.Actors;

/// <summary>Logs dead letters, but not a flood of them: at most a few per interval, then one line that says how many were left out.</summary>
internal sealed class DeadLetterLog(ILogger logger, TimeProvider timeProvider)
{
    // Ten lines show a reader what goes wrong; a thousand per second would be the next thing to go wrong.
    public const int LinesPerInterval = 10;

    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private long _intervalStart = timeProvider.GetTimestamp();
    private int _written;
    private long _left;

    public void Write(PID target, object message, PID? sender, DeadLetterReason reason)
    {
        if (!logger.IsEnabled(LogLevel.Information))
        {
            return;
        }

        if (MayWrite(out var leftOut))
        {
            ActorLog.MessageUndeliverable(logger, message.GetType(), target, sender ?? (object)"nobody in particular", reason.Name);
        }

        if (leftOut > 0)
        {
            ActorLog.DeadLettersLeftOut(logger, leftOut, Interval);
        }
    }

    private bool MayWrite(out long leftOut)
    {
        lock (_lock)
        {
            leftOut = 0;
            var now = timeProvider.GetTimestamp();
            if (timeProvider.GetElapsedTime(_intervalStart, now) >= Interval)
            {
                leftOut = _left;
                (_intervalStart, _written, _left) = (now, 0, 0);
            }

            if (_written < LinesPerInterval)
            {
                _written++;
                return true;
            }

            _left++;
            return false;
        }
    }
}
