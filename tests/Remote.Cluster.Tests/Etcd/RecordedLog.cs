using Microsoft.Extensions.Logging;
using Remote.Testing;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>A log that a test waits for. Each entry is an <see cref="Entry"/> in <see cref="Entries"/>.</summary>
internal sealed class RecordedLog : ILoggerFactory, ILogger
{
    private const string Fault = "EtcdLoopFailed";

    public EventProbe Entries { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Entries.Record(new Entry(eventId.Name ?? "", logLevel, $"{formatter(state, exception)}{(exception is null ? "" : $"\n{exception}")}"));

    /// <summary>Waits for an entry that was not waited for before. A fault of the loop, which may come instead, ends the wait.</summary>
    public async Task<Entry> NextAsync(string name)
    {
        var entry = await Entries.NextAsync<Entry>(entry => entry.Name == name || entry.Name == Fault, expected: name);
        Assert.True(entry.Name == name, $"Instead of {name}: {entry.Text}");
        return entry;
    }

    public bool Has(string name) => Entries.Of<Entry>().Any(entry => entry.Name == name);

    public void Dispose() => Entries.Dispose();

    public sealed record Entry(string Name, LogLevel Level, string Text);
}
