using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Remote.EndToEnd.Tests;

/// <summary>Keeps the errors that a node logs: whatever happens to its peers, there must be none.</summary>
internal sealed class ErrorLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _errors = new();

    public void VerifyEmpty() => Assert.True(_errors.IsEmpty, $"Unexpected errors in the log:\n{string.Join('\n', _errors.Take(10))}");

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            _errors.Enqueue($"{eventId.Name}: {formatter(state, exception)} {exception}");
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Dispose()
    {
    }
}
