using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Proto;

namespace Remote.Testing;

/// <summary>
/// Records events and lets a test wait for them. Recording starts with the probe: make it before the act, and no event
/// can slip through between the act and the wait.
/// </summary>
/// <remarks>Thread safe. Keeps everything until it is disposed, so give a probe one test to live.</remarks>
public sealed class EventProbe : IDisposable
{
    /// <summary>Enough of the past to understand a failure, and short enough to read.</summary>
    private const int EventsInMessage = 50;

    private readonly Lock _gate = new();
    private readonly ConditionWaiters _waiters;
    private readonly List<object> _events = [];
    private readonly HashSet<int> _taken = [];
    private readonly EventStreamSubscription<object>? _subscription;
    private bool _stopped;

    /// <summary>Makes a probe that records the events given to <see cref="Record"/>.</summary>
    public EventProbe() => _waiters = new ConditionWaiters(_gate);

    /// <summary>Makes a probe that records every event of a system, of any type.</summary>
    /// <param name="events">The event stream, for instance that of <see cref="ActorSystem.EventStream"/>.</param>
    public EventProbe(EventStream events)
        : this()
    {
        ArgumentNullException.ThrowIfNull(events);
        _subscription = events.Subscribe<object>(Record);
    }

    /// <summary>Everything recorded so far, in order, taken by <see cref="NextAsync{T}"/> or not.</summary>
    public IReadOnlyList<object> Events
    {
        get
        {
            lock (_gate)
            {
                return [.. _events];
            }
        }
    }

    /// <summary>The events of one type recorded so far, in order.</summary>
    /// <typeparam name="T">The type, or a base of it.</typeparam>
    public IReadOnlyList<T> Of<T>() => [.. Events.OfType<T>()];

    /// <summary>Adds an event by hand, for those that do not come from an event stream.</summary>
    /// <param name="happened">The event.</param>
    public void Record(object happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        lock (_gate)
        {
            if (!_stopped)
            {
                _events.Add(happened);
                _waiters.Signal();
            }
        }
    }

    /// <summary>
    /// Waits for the first event of a type that was not returned by an earlier call; one recorded before the call counts.
    /// Events of different types may so be awaited in any order; <see cref="Events"/> tells the order in which they came.
    /// </summary>
    /// <typeparam name="T">The type, or a base of it.</typeparam>
    /// <param name="predicate">Which of them; any if left out. Runs under a lock and must only look.</param>
    /// <param name="ceiling">How long to wait in real time; 30 s if left out.</param>
    /// <param name="expected">The expectation in the message of a timeout; the text of the predicate if left out.</param>
    /// <exception cref="TimeoutException">It did not happen; the message says what was expected and what was seen.</exception>
    public async Task<T> NextAsync<T>(
        Func<T, bool>? predicate = null,
        TimeSpan? ceiling = null,
        [CallerArgumentExpression(nameof(predicate))] string? expected = null)
    {
        var found = default(T);
        var description = string.IsNullOrEmpty(expected) || expected == "null" ? typeof(T).Name : $"{typeof(T).Name}: {expected}";
        await _waiters.WaitAsync(() => TryTake(predicate, out found), description, Describe, ceiling).ConfigureAwait(false);
        return found!;
    }

    /// <summary>Waits until at least <paramref name="count"/> events of a type have been recorded in all, taken or not.</summary>
    /// <typeparam name="T">The type, or a base of it.</typeparam>
    /// <param name="count">How many; at least 1.</param>
    /// <param name="ceiling">How long to wait in real time; 30 s if left out.</param>
    /// <returns>All events of the type so far.</returns>
    /// <exception cref="TimeoutException">It did not come to that; the message says what was seen.</exception>
    public async Task<IReadOnlyList<T>> WaitForCountAsync<T>(int count, TimeSpan? ceiling = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var looked = 0;
        var found = 0;

        // Looks at each event once: to count all of them again at each one would take the square of their number.
        bool IsReached()
        {
            for (; looked < _events.Count; looked++)
            {
                found += _events[looked] is T ? 1 : 0;
            }

            return found >= count;
        }

        await _waiters.WaitAsync(IsReached, $"{count} times {typeof(T).Name}", Describe, ceiling).ConfigureAwait(false);
        return Of<T>();
    }

    /// <summary>Stops recording; what was recorded stays readable.</summary>
    public void Dispose()
    {
        _subscription?.Unsubscribe();
        lock (_gate)
        {
            _stopped = true;
        }
    }

    private bool TryTake<T>(Func<T, bool>? predicate, out T? found)
    {
        for (var i = 0; i < _events.Count; i++)
        {
            if (_events[i] is T candidate && !_taken.Contains(i) && (predicate is null || predicate(candidate)))
            {
                _taken.Add(i);
                found = candidate;
                return true;
            }
        }

        found = default;
        return false;
    }

    private string Describe()
    {
        if (_events.Count == 0)
        {
            return "nothing.";
        }

        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"{_events.Count} events (* returned earlier)"));
        for (var i = Math.Max(0, _events.Count - EventsInMessage); i < _events.Count; i++)
        {
            text.AppendLine().Append(_taken.Contains(i) ? " * " : "   ").Append(_events[i]);
        }

        return text.ToString();
    }
}
