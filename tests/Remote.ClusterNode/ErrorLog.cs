using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Remote.ClusterNode;

/// <summary>Warnings and worse go to the standard error, for whoever looks for a reason.</summary>
internal sealed class ErrorLog : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Lines(categoryName);

    public void AddProvider(ILoggerProvider provider)
    {
        // There is only this one.
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    private sealed class Lines(string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Console.Error.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{DateTime.UtcNow:HH:mm:ss.fff} {logLevel} {category}: {formatter(state, exception)} {exception}"));
            }
        }
    }
}
