using Wire = Remote.Protocol;

namespace Remote;

/// <summary>
/// The events that wait for one watcher. When it is full the oldest makes room for the newest: the watcher sees by their numbers how many it has missed.
/// Thread-safe for any number of threads that add and one that takes.
/// </summary>
internal sealed class EventRing(EventFilter filter, int capacity)
{
    private readonly Lock _gate = new();
    private readonly Queue<EventRecord> _events = new();
    private long _added;
    private long _taken;
    private TaskCompletionSource? _waiter;

    public EventFilter Filter => filter;

    /// <summary>Adds an event, if the watcher wants it.</summary>
    public void Add(EventRecord record)
    {
        if (!filter.Wants(record))
        {
            return;
        }

        lock (_gate)
        {
            if (_events.Count == capacity)
            {
                _events.Dequeue();
            }

            _events.Enqueue(record);
            _added++;
            _waiter?.TrySetResult();
            _waiter = null;
        }
    }

    /// <summary>The oldest event that waits; when there is none, the next one.</summary>
    public async Task<Wire.EventUpdate> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task added;
            lock (_gate)
            {
                // Those that wait are the last ones that were added.
                var number = _added - _events.Count + 1;
                if (_events.TryDequeue(out var record))
                {
                    var missed = number - _taken - 1;
                    _taken = number;
                    return record.ToUpdate(number, missed);
                }

                _waiter ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
                added = _waiter.Task;
            }

            await added.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
