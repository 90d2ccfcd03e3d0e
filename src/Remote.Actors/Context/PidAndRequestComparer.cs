namespace Remote.Actors;

/// <summary>Compares PIDs with their request ids: two requests that watch one actor are two watchers, though they share the future process.</summary>
internal sealed class PidAndRequestComparer : IEqualityComparer<PID>
{
    public static readonly PidAndRequestComparer Instance = new();

    public bool Equals(PID? x, PID? y) => ReferenceEquals(x, y) || (x is not null && y is not null && x.RequestId == y.RequestId && x.Equals(y));

    public int GetHashCode(PID obj) => HashCode.Combine(obj.GetHashCode(), obj.RequestId);
}
