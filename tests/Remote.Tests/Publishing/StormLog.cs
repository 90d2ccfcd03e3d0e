using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Remote.Tests;

/// <summary>The log of an operator, who has set nothing: Information and above of all categories, with the time of the test at which each line was written.</summary>
internal sealed class StormLog(TimeProvider time) : ILoggerFactory
{
    private readonly ConcurrentQueue<StormLine> _lines = new();

    public IReadOnlyList<StormLine> Lines => [.. _lines];

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    /// <summary>What was written so far is not judged: a node that starts has some things to say.</summary>
    public void Clear() => _lines.Clear();

    /// <summary>In no minute, whenever it begins, there are more lines than so many, and none has a stack trace.</summary>
    public void VerifyCalm(string where, int most, bool isTraceless)
    {
        var lines = Lines.OrderBy(line => line.At).ToArray();
        foreach (var (index, first) in lines.Index())
        {
            var minute = lines.Skip(index).TakeWhile(line => line.At - first.At < TimeSpan.FromMinutes(1)).ToArray();
            Assert.True(minute.Length <= most, $"{where} wrote {minute.Length} lines in the minute from {first.At} on:\n{string.Join("\n", minute.Take(20).AsEnumerable())}");
        }

        Assert.DoesNotContain(lines, line => isTraceless && line.Exception is not null);
    }

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
        // It holds nothing.
    }

    private sealed class Logger(StormLog owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                owner._lines.Enqueue(new StormLine(owner.Now, logLevel, category, eventId, formatter(state, exception), exception));
            }
        }
    }

    private TimeSpan Now => TimeSpan.FromTicks(time.GetTimestamp());
}

/// <summary>A line of a <see cref="StormLog"/>.</summary>
internal sealed record StormLine(TimeSpan At, LogLevel Level, string Category, EventId Event, string Text, Exception? Exception);
