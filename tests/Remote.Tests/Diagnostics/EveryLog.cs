using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Remote.Tests;

/// <summary>Keeps all that is logged, of all levels and categories: texts, the values in them, and exceptions with all that they hold.</summary>
internal sealed class EveryLog : ILoggerFactory, ILogger
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        Lines.Enqueue($"scope {state}");
        return null;
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Lines.Enqueue($"{logLevel} {eventId.Name}: {formatter(state, exception)}");
        if (state is IEnumerable<KeyValuePair<string, object?>> values)
        {
            Lines.Enqueue(string.Join(", ", values.Select(value => $"{value.Key} = {value.Value}")));
        }

        for (var each = exception; each is not null; each = each.InnerException)
        {
            Lines.Enqueue($"{each} {each.Message} {string.Join(", ", each.Data.Values.Cast<object?>())}");
        }
    }

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
        // It holds nothing.
    }
}
