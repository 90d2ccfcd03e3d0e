namespace Remote;

/// <summary>
/// Turns the length of a lane into a level, with hysteresis so that a lane on the edge does not flicker. Pure; guarded by its owner's lock.
/// </summary>
internal sealed class BackpressureGauge
{
    // A level is left this share of the capacity below where it is entered.
    private const double Hysteresis = 0.05;

    private readonly int _enterWarning;
    private readonly int _enterCritical;
    private readonly int _leaveWarning;
    private readonly int _leaveCritical;

    public BackpressureGauge(int capacity, BackpressureOptions options)
    {
        _enterWarning = Enter(options.Warning, capacity);
        _enterCritical = Enter(options.Critical, capacity);
        _leaveWarning = Leave(options.Warning, capacity);
        _leaveCritical = Leave(options.Critical, capacity);
    }

    public BackpressureLevel Level { get; private set; }

    /// <summary>Whether the level changed with this length.</summary>
    public bool Update(int length)
    {
        var level = LevelAt(length);
        if (level == Level)
        {
            return false;
        }

        Level = level;
        return true;
    }

    /// <summary>What the level would be with this length.</summary>
    public BackpressureLevel LevelAt(int length)
    {
        if (length >= _enterCritical || (Level == BackpressureLevel.Critical && length > _leaveCritical))
        {
            return BackpressureLevel.Critical;
        }

        return length >= _enterWarning || (Level != BackpressureLevel.Normal && length > _leaveWarning)
            ? BackpressureLevel.Warning
            : BackpressureLevel.Normal;
    }

    // Decimal, because 0.60 x 100 in binary floating point is a hair above 60 and would round up to 61.
    private static int Enter(double share, int capacity) => (int)Math.Ceiling((decimal)share * capacity);

    private static int Leave(double share, int capacity) => (int)Math.Floor(((decimal)share - (decimal)Hysteresis) * capacity);
}
