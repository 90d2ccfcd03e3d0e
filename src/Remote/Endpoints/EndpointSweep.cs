namespace Remote;

/// <summary>
/// Says when it is time to look at all endpoints again. Looking costs as much as there are, and thousands may end, or find no room, within
/// moments: that is looked at twice a second. Thread-safe.
/// </summary>
internal sealed class EndpointSweep(TimeProvider time)
{
    private static readonly TimeSpan AtMostEvery = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private long _last;
    private bool _hasLooked;

    /// <summary>Whether the caller is to look now.</summary>
    public bool IsDue()
    {
        lock (_gate)
        {
            if (_hasLooked && time.GetElapsedTime(_last) < AtMostEvery)
            {
                return false;
            }

            (_hasLooked, _last) = (true, time.GetTimestamp());
            return true;
        }
    }
}
