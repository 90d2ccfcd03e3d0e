namespace Remote.Actors;

/// <summary>A part of the pending requests. The lock is held for one dictionary operation, and the dictionary reuses its entries.</summary>
internal sealed class FutureShard
{
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, PendingRequest> _pending = [];

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _pending.Count;
            }
        }
    }

    public bool TryAdd(uint id, PendingRequest request)
    {
        lock (_lock)
        {
            return _pending.TryAdd(id, request);
        }
    }

    public bool Contains(uint id)
    {
        lock (_lock)
        {
            return _pending.ContainsKey(id);
        }
    }

    public PendingRequest? Remove(uint id)
    {
        lock (_lock)
        {
            return _pending.Remove(id, out var request) ? request : null;
        }
    }

    public PendingRequest[] Snapshot()
    {
        lock (_lock)
        {
            return [.. _pending.Values];
        }
    }
}
