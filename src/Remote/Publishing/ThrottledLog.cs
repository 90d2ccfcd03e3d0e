using Microsoft.Extensions.Logging;

namespace Remote;

/// <summary>
/// Writes entries about single messages, and about connections that were turned away, only so many times an interval, for each kind of entry, and
/// then how many more there were: what fails for one message often fails for a million. All other entries pass as they are. Thread-safe.
/// </summary>
/// <remarks>
/// Follows <see cref="RemoteOptions.LogThrottle"/>, and the settings by which Proto.Actor limits its own log of dead letters. Where these are untouched,
/// Proto.Actor writes no dead letter at all, and five entries a minute are written here: enough to see what fails, and too few to fill a disk. Of those,
/// what is a mistake of the program is written once a minute for each thing that it is about (<see cref="MistakeLog"/>). Of what is about connections few
/// lines a minute are written (<see cref="ConnectionLog"/>), whatever these settings are, unless debugging is asked for.
/// </remarks>
internal sealed class ThrottledLog : ILogger
{
    private readonly ILogger _inner;
    private readonly Dictionary<int, LogValve> _valves;
    private readonly MistakeLog _mistakes;
    private readonly ConnectionLog _connections;

    public ThrottledLog(ILogger inner, LogLimits limits, TimeProvider time)
    {
        _inner = inner;
        Limits = limits;
        _connections = new ConnectionLog(inner, time);
        _mistakes = new MistakeLog(inner, time);
        _valves = RemoteLog.PerMessage.Concat(TlsLog.PerConnection).ToDictionary(static id => id, _ => new LogValve(inner, limits, time));
    }

    public LogLimits Limits { get; }

    public bool IsEnabled(LogLevel logLevel) => _inner.IsEnabled(logLevel);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => _inner.BeginScope(state);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (Passes(logLevel, eventId, state))
        {
            _inner.Log(logLevel, eventId, state, exception, (values, error) => LogText.Clean(formatter(values, error)));
        }
    }

    /// <summary>Writes at once how many entries were left out so far.</summary>
    public void Flush()
    {
        _mistakes.Flush();
        _connections.Close();
        foreach (var valve in _valves.Values)
        {
            valve.Close();
        }
    }

    private bool Passes<TState>(LogLevel level, EventId id, TState state) =>
        RemoteLog.Connections.TryGetValue(id.Id, out var subject) && !_inner.IsEnabled(LogLevel.Debug)
            ? _connections.TryPass(level, id, LogText.ValueOf(subject, state))
            : !_valves.TryGetValue(id.Id, out var valve) || (PassesAsMistake(level, id, state) && valve.TryPass(level, id));

    private bool PassesAsMistake<TState>(LogLevel level, EventId id, TState state) =>
        Limits.IsSet || !RemoteLog.Mistakes.TryGetValue(id.Id, out var subject) || _mistakes.TryPass(level, id, subject, state);
}
