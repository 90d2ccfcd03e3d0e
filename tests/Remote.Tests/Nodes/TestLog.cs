using Microsoft.Extensions.Logging;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>One line of a log.</summary>
internal sealed record LogLine(LogLevel Level, string Category, EventId Event, string Text, Exception? Exception)
{
    public override string ToString() => $"{Level} {Category} {Event.Name}: {Text} {Exception}";
}

/// <summary>Keeps what a node logs; an error that the test did not announce makes it fail.</summary>
internal sealed class TestLog : ILoggerFactory
{
    private volatile EventProbe _lines = new();
    private readonly HashSet<string> _expected = [];

    public IReadOnlyList<LogLine> Lines => _lines.Of<LogLine>();

    /// <summary>Announces errors with this event name.</summary>
    public void Expect(string eventName) => _expected.Add(eventName);

    /// <summary>Waits for a line with this event name.</summary>
    public Task<LogLine> NextAsync(string eventName) => _lines.NextAsync<LogLine>(line => line.Event.Name == eventName, expected: $"the log line {eventName}");

    /// <summary>Fails when there were errors nobody announced.</summary>
    public void VerifyNoErrors()
    {
        var unexpected = Lines.Where(line => line.Level >= LogLevel.Error && !_expected.Contains(line.Event.Name ?? "")).ToArray();
        Assert.True(unexpected.Length == 0, $"Unexpected errors in the log:\n{string.Join("\n", unexpected.Take(10).AsEnumerable())}");
    }

    /// <summary>Verifies the lines that there are, and keeps them no longer: where the memory of the process is measured, they would be a part of it.</summary>
    public void Forget()
    {
        VerifyNoErrors();
        _lines = new EventProbe();
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose() => _lines.Dispose();

    private sealed class Logger(TestLog owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        // Traces per message would bury everything else.
        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug && (logLevel >= LogLevel.Information || category.StartsWith("Remote", StringComparison.Ordinal));

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                owner._lines.Record(new LogLine(logLevel, category, eventId, formatter(state, exception), exception));
            }
        }
    }
}
