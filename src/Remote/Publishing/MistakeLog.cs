using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Remote;

/// <summary>
/// Writes a mistake of a program, such as an address without a port or a type that nobody registered, once a minute for each thing that it is about, and
/// at the end of the minute how often it was made: whoever makes it makes it with each message. Thread-safe.
/// </summary>
/// <param name="log">Where the numbers are written.</param>
/// <param name="time">For the minutes.</param>
internal sealed class MistakeLog(ILogger log, TimeProvider time)
{
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>Things that are known at a time. Names come from other nodes too; who makes more of them up meets the limit of single messages.</summary>
    public const int MaxSubjects = 100;

    private static readonly LogLimits OnceAMinute = LogLimits.Fixed(1, Interval);

    private readonly ConcurrentDictionary<(int Id, string Subject), LogValve> _valves = new();

    /// <summary>Whether an entry is to be written.</summary>
    /// <param name="level">Its level.</param>
    /// <param name="kind">What it says.</param>
    /// <param name="name">The name of that value of it that says what it is about.</param>
    /// <param name="values">Its values.</param>
    public bool TryPass(LogLevel level, EventId kind, string name, object? values)
    {
        var subject = LogText.ValueOf(name, values);
        var key = (kind.Id, subject);
        if (!_valves.TryGetValue(key, out var valve))
        {
            if (_valves.Count >= MaxSubjects)
            {
                return true;
            }

            valve = _valves.GetOrAdd(key, _ => new LogValve(log, OnceAMinute, time, subject) { Closed = () => _valves.TryRemove(key, out var _) });
        }

        return valve.TryPass(level, kind);
    }

    /// <summary>Writes at once how many entries were left out so far.</summary>
    public void Flush()
    {
        foreach (var valve in _valves.Values)
        {
            valve.Close();
        }
    }
}
