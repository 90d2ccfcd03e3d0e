using System.Globalization;

namespace Remote.Testing;

/// <summary>The bytes that all connections of a proxy have carried in one direction, and the numbers of those that end one.</summary>
internal sealed class NetworkTotals
{
    private readonly Lock _gate = new();
    private readonly ConditionWaiters _waiters;
    private readonly PriorityQueue<PumpEnd, long> _ends = new();
    private long _carried;

    public NetworkTotals() => _waiters = new ConditionWaiters(_gate);

    public long Carried
    {
        get
        {
            lock (_gate)
            {
                return _carried;
            }
        }
    }

    /// <summary>
    /// Ends the connection that carries byte number <paramref name="total"/>; if it has passed, the next one to carry any.
    /// </summary>
    public void EndAt(long total, PumpEnd end)
    {
        lock (_gate)
        {
            _ends.Enqueue(end, total);
        }
    }

    /// <summary>Counts bytes that are carried now.</summary>
    /// <returns>How many of them, and whether the connection ends there.</returns>
    public Passage Admit(long bytes)
    {
        lock (_gate)
        {
            PumpEnd? then = null;
            if (_ends.TryPeek(out var end, out var total) && total <= _carried + bytes)
            {
                _ends.Dequeue();
                then = end;
                bytes = Math.Max(0, total - _carried);
            }

            _carried += bytes;
            _waiters.Signal();
            return new Passage(bytes, Then: then);
        }
    }

    public Task WaitAsync(long bytes, string direction, TimeSpan? ceiling) =>
        _waiters.WaitAsync(
            () => _carried >= bytes,
            string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes {direction}"),
            () => string.Create(CultureInfo.InvariantCulture, $"{_carried} bytes."),
            ceiling);
}
