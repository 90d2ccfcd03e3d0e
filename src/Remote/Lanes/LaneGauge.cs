namespace Remote;

/// <summary>
/// The level of a user lane. One slow actor may fill no more than its part of the lane, and its messages are refused from there on while the lane
/// as a whole is far from full; so the level is that of the lane or that of the part, whichever is higher. Pure; guarded by its owner's lock.
/// </summary>
internal sealed class LaneGauge(int capacity, int maxParked, BackpressureOptions options)
{
    private readonly BackpressureGauge _lane = new(capacity, options);
    private readonly BackpressureGauge? _parked = maxParked > 0 ? new(maxParked, options) : null;

    public BackpressureLevel Level { get; private set; }

    /// <summary>Of the lane as a whole.</summary>
    public BackpressureLevel LaneLevel => _lane.Level;

    /// <summary>Whether the level changed.</summary>
    /// <param name="waiting">All that waits.</param>
    /// <param name="parked">What of it waits for a slow actor.</param>
    public bool Update(int waiting, int parked)
    {
        var changed = _lane.Update(waiting);
        changed |= _parked?.Update(parked) == true;
        if (!changed)
        {
            return false;
        }

        var level = _parked is null || _lane.Level > _parked.Level ? _lane.Level : _parked.Level;
        changed = level != Level;
        Level = level;
        return changed;
    }
}
