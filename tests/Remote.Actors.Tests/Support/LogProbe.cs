using Microsoft.Extensions.Logging;
using Remote.Testing;

namespace Remote.Actors.Tests;

/// <summary>Keeps what was logged.</summary>
internal sealed class LogProbe : ILoggerFactory, ILogger
{
    private readonly EventProbe _probe = new();

    public IReadOnlyList<LogEntry> Entries => _probe.Of<LogEntry>();

    public IReadOnlyList<LogEntry> Named(string eventName) => [.. Entries.Where(entry => entry.EventName == eventName)];

    public Task<LogEntry> NextAsync(string eventName) => _probe.NextAsync<LogEntry>(entry => entry.EventName == eventName, expected: eventName);

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _probe.Record(new LogEntry(logLevel, eventId.Name ?? "", formatter(state, exception), exception));

    public void Dispose() => _probe.Dispose();
}

internal sealed record LogEntry(LogLevel Level, string EventName, string Text, Exception? Exception);
