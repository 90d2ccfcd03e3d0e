using Microsoft.Extensions.Logging;

namespace Remote;

/// <summary>Writes everything at one level: that of an entry which the application has set otherwise.</summary>
internal sealed class LeveledLog(ILogger inner, LogLevel level) : ILogger
{
    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(level);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        inner.Log(level, eventId, state, exception, formatter);
}
