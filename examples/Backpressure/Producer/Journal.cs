using System.Collections.Concurrent;
using Proto;
using Remote;

namespace Backpressure;

/// <summary>One thing that happened, as a line for people.</summary>
/// <param name="At">Since the node began.</param>
/// <param name="Text">What.</param>
/// <param name="Level">The level it led to, if it was a change of level.</param>
internal sealed record Happening(TimeSpan At, string Text, BackpressureLevel? Level = null);

/// <summary>Parcels that became dead letters for one reason.</summary>
internal readonly record struct Letters(long Count, long Sum);

/// <summary>
/// Everything a node publishes about its lane: this is what an application subscribes to. Thread-safe; handlers run on the publisher's thread.
/// </summary>
internal sealed class Journal : IDisposable
{
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly EventStreamSubscription<object>[] _subscriptions;
    private readonly ConcurrentDictionary<string, Letters> _letters = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly List<EndpointThrottled> _changes = [];
    private readonly List<Happening> _happenings = [];
    private TaskCompletionSource _next = NewSignal();

    public Journal(EventStream events, TimeProvider time)
    {
        _time = time;
        _start = time.GetTimestamp();
        _subscriptions =
        [
            events.Subscribe<EndpointThrottled>(Changed),
            events.Subscribe<RemoteDeadLetterEvent>(Count),
            events.Subscribe<EndpointConnected>(fact => Add($"connected to {fact.Address}")),
            events.Subscribe<EndpointReconnecting>(fact => Add($"connection lost, retry {fact.Attempt} in {fact.Delay.TotalSeconds:F1} s")),
            events.Subscribe<EndpointReconnected>(fact => Add($"connected again after {fact.Outage.TotalSeconds:F1} s")),
            events.Subscribe<EndpointUnconfirmed>(fact => Add($"{fact.Count:N0} messages may or may not have arrived")),
            events.Subscribe<EndpointTerminated>(fact => Add($"the endpoint is closed: {fact.Reason}")),
        ];
    }

    /// <summary>Since the node began.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(_start);

    /// <summary>The changes of level so far, in order.</summary>
    public IReadOnlyList<EndpointThrottled> Changes
    {
        get
        {
            lock (_gate)
            {
                return [.. _changes];
            }
        }
    }

    /// <summary>Dead parcels so far, by reason, and the question for the tally. Other messages are not counted.</summary>
    public IReadOnlyDictionary<string, Letters> DeadLetters => new SortedDictionary<string, Letters>(_letters, StringComparer.Ordinal);

    /// <summary>What happened after the first so many happenings.</summary>
    public IReadOnlyList<Happening> Since(int known)
    {
        lock (_gate)
        {
            return _happenings[known..];
        }
    }

    /// <summary>Completes when the level has changed so often.</summary>
    public async Task ChangesAsync(int count)
    {
        while (true)
        {
            Task next;
            lock (_gate)
            {
                if (_changes.Count >= count)
                {
                    return;
                }

                next = _next.Task;
            }

            await next;
        }
    }

    public void Dispose()
    {
        foreach (var subscription in _subscriptions)
        {
            subscription.Unsubscribe();
        }
    }

    private void Changed(EndpointThrottled fact)
    {
        TaskCompletionSource reached;
        lock (_gate)
        {
            _changes.Add(fact);
            _happenings.Add(new Happening(Elapsed, $"{fact.Previous} -> {fact.Level}: {fact.Length:N0} of {fact.Capacity:N0} wait", fact.Level));
            (reached, _next) = (_next, NewSignal());
        }

        reached.SetResult();
    }

    private void Count(RemoteDeadLetterEvent fact)
    {
        if (fact.Message is Parcel or AskTally)
        {
            _letters.AddOrUpdate(
                fact.Reason.Name,
                static (_, number) => new Letters(1, number),
                static (_, letters, number) => new Letters(letters.Count + 1, letters.Sum + number),
                (fact.Message as Parcel)?.Number ?? 0);
        }
    }

    private void Add(string text)
    {
        lock (_gate)
        {
            _happenings.Add(new Happening(Elapsed, text));
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
