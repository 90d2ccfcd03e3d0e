using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Remote;

/// <summary>
/// What the web server of a node's own listener says, as an application wants to read it: warnings and errors, and of each kind so many an interval, for
/// anybody who can reach the port can cause them. What it has to tell of each request is written only where its debugging is asked for.
/// </summary>
/// <param name="inner">The application's. It is not disposed with this.</param>
/// <param name="valve">Makes the limit of one kind of entry, for a log.</param>
internal sealed class WebServerLog(ILoggerFactory inner, Func<ILogger, LogValve> valve) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Category(inner.CreateLogger(categoryName), valve);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose()
    {
        // The application's goes on.
    }

    private sealed class Category(ILogger log, Func<ILogger, LogValve> valve) : ILogger
    {
        // The kinds of entries that there are in the code of the web server.
        private readonly ConcurrentDictionary<EventId, LogValve> _valves = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => log.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => log.IsEnabled(logLevel) && (logLevel >= LogLevel.Warning || log.IsEnabled(LogLevel.Debug));

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel) && (logLevel < LogLevel.Warning || Valve(eventId).TryPass(logLevel, eventId)))
            {
                log.Log(logLevel, eventId, state, exception, formatter);
            }
        }

        private LogValve Valve(EventId kind) => _valves.GetOrAdd(kind, static (_, of) => of.Make(of.Log), (Log: log, Make: valve));
    }
}
