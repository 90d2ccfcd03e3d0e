namespace Remote;

/// <summary>Turns the length of a lane into a level, with hysteresis so that it does not flicker on the edge. Not thread-safe.</summary>
internal sealed class BackpressureGauge(int capacity, BackpressureOptions initial)
{
    // A level is left this share of the capacity below where it is entered.
    private const double Hysteresis = 0.05;

    private int _enterWarning = Enter(initial.Warning, capacity);
    private int _enterCritical = Enter(initial.Critical, capacity);
    private int _leaveWarning = Leave(initial.Warning, capacity);
    private int _leaveCritical = Leave(initial.Critical, capacity);

    public BackpressureLevel Level { get; private set; }

    /// <summary>Judges by other shares of the capacity from the next update on.</summary>
    public void Change(BackpressureOptions options)
    {
        (_enterWarning, _leaveWarning) = (Enter(options.Warning, capacity), Leave(options.Warning, capacity));
        (_enterCritical, _leaveCritical) = (Enter(options.Critical, capacity), Leave(options.Critical, capacity));
    }

    /// <returns>Whether the level changed with this length.</returns>
    public bool Update(int length)
    {
        var former = Level;
        Level = LevelAt(length);
        return Level != former;
    }

    /// <summary>The level that this length would make.</summary>
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
