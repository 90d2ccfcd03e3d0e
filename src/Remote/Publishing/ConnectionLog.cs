using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Remote;

/// <summary>
/// Lets so many entries about connections through a minute, and says once a minute what else there was: a peer that is down, refuses, or breaks off is dialled for as long as
/// somebody sends to it, and fifty of them are no more than one thing to look at. Thread-safe.
/// </summary>
/// <remarks>
/// In any minute each kind of entry is written once for each peer, <see cref="MaxLines"/> in all, and one entry with the rest. Of these, what is not a warning gets
/// <see cref="MaxQuietLines"/> at most, so that it does not take the place of what is. That a peer is there (<see cref="RemoteLog.News"/>) is written for each,
/// once a minute: a cluster that starts is to be read from its log.
/// </remarks>
/// <param name="log">Where the rest is written.</param>
/// <param name="time">For the minutes.</param>
internal sealed class ConnectionLog(ILogger log, TimeProvider time)
{
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>Entries a minute, beside the one with the rest: six lines together.</summary>
    public const int MaxLines = 5;

    /// <summary>Those of them that may be less than a warning.</summary>
    public const int MaxQuietLines = 2;

    /// <summary>Peers whose arrival is told within a minute. Who may connect can make addresses up.</summary>
    public const int MaxNews = 200;

    private readonly Lock _gate = new();
    private readonly Queue<Written> _written = new();
    private readonly HashSet<(int Id, string Subject)> _subjects = [];
    private readonly SortedDictionary<string, LeftOut> _leftOut = new(StringComparer.Ordinal);
    private ITimer? _end;
    private LogLevel _level;
    private int _quiet;
    private int _loud;
    private int _news;

    /// <summary>Whether an entry is to be written.</summary>
    /// <param name="level">Its level.</param>
    /// <param name="kind">What it says.</param>
    /// <param name="subject">What it is about.</param>
    public bool TryPass(LogLevel level, EventId kind, string subject)
    {
        lock (_gate)
        {
            ForgetUnsynchronized();
            var key = (kind.Id, subject);
            if (_subjects.Contains(key) || !TryTakeRoomUnsynchronized(level, kind.Id, out var isNews))
            {
                LeaveOutUnsynchronized(level, kind, subject);
                return false;
            }

            _subjects.Add(key);
            _written.Enqueue(new Written(time.GetTimestamp(), key, level < LogLevel.Warning, isNews));
            return true;
        }
    }

    /// <summary>Writes at once what was left out so far.</summary>
    public void Close()
    {
        (long Count, string Kinds) rest;
        LogLevel level;
        lock (_gate)
        {
            if (_leftOut.Count == 0)
            {
                return;
            }

            rest = (_leftOut.Values.Sum(static kind => kind.Count), string.Join(", ", _leftOut.Select(static kind => kind.Value.Describe(kind.Key))));
            level = _level;
            _leftOut.Clear();
            _level = LogLevel.Trace;
            _end?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        RemoteLog.ConnectionsLeftOut(new LeveledLog(log, level), rest.Count, Interval, LogText.Clean(rest.Kinds));
    }

    private bool TryTakeRoomUnsynchronized(LogLevel level, int id, out bool isNews)
    {
        isNews = RemoteLog.News.Contains(id) && _news < MaxNews;
        if (isNews)
        {
            _news++;
            return true;
        }

        if (_quiet + _loud >= MaxLines || (level < LogLevel.Warning && _quiet >= MaxQuietLines))
        {
            return false;
        }

        _ = level < LogLevel.Warning ? _quiet++ : _loud++;
        return true;
    }

    // A minute counts from each entry on: with minutes that begin together, two of them could meet in one.
    private void ForgetUnsynchronized()
    {
        while (_written.TryPeek(out var oldest) && time.GetElapsedTime(oldest.At) >= Interval)
        {
            _written.Dequeue();
            _subjects.Remove(oldest.Key);
            _ = oldest.IsNews ? _news-- : oldest.IsQuiet ? _quiet-- : _loud--;
        }
    }

    private void LeaveOutUnsynchronized(LogLevel level, EventId kind, string subject)
    {
        if (_leftOut.Count == 0)
        {
            _end ??= Detached.Timer(time, static owner => ((ConnectionLog)owner!).Close(), this);
            _end.Change(Interval, Timeout.InfiniteTimeSpan);
        }

        // As loud as they would have been, and no error: what is one was written once.
        _level = level > LogLevel.Warning ? LogLevel.Warning : level > _level ? level : _level;
        var name = kind.Name ?? kind.Id.ToString(CultureInfo.InvariantCulture);
        if (!_leftOut.TryGetValue(name, out var leftOut))
        {
            _leftOut.Add(name, leftOut = new LeftOut());
        }

        leftOut.Add(subject);
    }

    private readonly record struct Written(long At, (int Id, string Subject) Key, bool IsQuiet, bool IsNews);

    /// <summary>The entries of one kind that were not written.</summary>
    private sealed class LeftOut
    {
        private const int MaxNamed = 3;
        private const int MaxKnown = 1_000;

        private readonly HashSet<string> _subjects = [];
        private readonly List<string> _named = [];

        public long Count { get; private set; }

        public void Add(string subject)
        {
            Count++;
            if (_subjects.Count < MaxKnown && _subjects.Add(subject) && _named.Count < MaxNamed)
            {
                _named.Add(LogText.Short(subject));
            }
        }

        public string Describe(string kind)
        {
            var more = _subjects.Count > _named.Count
                ? string.Create(CultureInfo.InvariantCulture, $" and {_subjects.Count - _named.Count} others")
                : "";
            return string.Create(CultureInfo.InvariantCulture, $"{Count} {kind} of {string.Join(", ", _named)}{more}");
        }
    }
}
