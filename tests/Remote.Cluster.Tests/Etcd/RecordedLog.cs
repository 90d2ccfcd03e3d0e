using Microsoft.Extensions.Logging;
using Remote.Testing;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>A log that a test waits for. Each entry is an <see cref="Entry"/> in <see cref="Entries"/>.</summary>
internal sealed class RecordedLog : ILoggerFactory, ILogger
{
    public EventProbe Entries { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Entries.Record(new Entry(eventId.Name ?? "", logLevel, formatter(state, exception)));

    /// <summary>Waits for an entry that was not waited for before.</summary>
    public Task<Entry> NextAsync(string name) => Entries.NextAsync<Entry>(entry => entry.Name == name, expected: name);

    public bool Has(string name) => Entries.Of<Entry>().Any(entry => entry.Name == name);

    public void Dispose() => Entries.Dispose();

    public sealed record Entry(string Name, LogLevel Level, string Text);
}
