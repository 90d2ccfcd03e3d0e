using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Remote.Tests.Fuzz;

/// <summary>Counts what is logged, and keeps nothing but errors: nothing that a peer sends may be one.</summary>
internal sealed class FuzzLog : ILoggerFactory, ILogger
{
    public ConcurrentDictionary<string, int> Counts { get; } = new();

    public ConcurrentQueue<string> Errors { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        // An entry whose text cannot be made is found here.
        var text = formatter(state, exception);
        Counts.AddOrUpdate(eventId.Name ?? "", 1, static (_, count) => count + 1);
        if (logLevel >= LogLevel.Error)
        {
            Errors.Enqueue($"{eventId.Name}: {text} {exception}");
        }
    }

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
        // It holds nothing.
    }
}
