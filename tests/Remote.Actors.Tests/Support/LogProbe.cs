using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Remote.Actors.Tests;

/// <summary>Keeps what was logged.</summary>
internal sealed class LogProbe : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<LogEntry> _entries = new();

    public IReadOnlyCollection<LogEntry> Entries => _entries;

    public IReadOnlyList<LogEntry> Named(string eventName) => [.. _entries.Where(entry => entry.EventName == eventName)];

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _entries.Enqueue(new LogEntry(logLevel, eventId.Name ?? "", formatter(state, exception), exception));

    public void Dispose()
    {
    }
}

internal sealed record LogEntry(LogLevel Level, string EventName, string Text, Exception? Exception);
