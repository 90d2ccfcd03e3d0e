using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Proto;

namespace Remote;

/// <summary>
/// What the web server of a node's own listener says, as an application wants to read it: warnings and errors, and of each kind so many an interval, for
/// anybody who can reach the port can cause them. What it has to tell of each request is written only where its debugging is asked for.
/// </summary>
/// <param name="inner">The application's. It is not disposed with this.</param>
/// <param name="config">Has the limits (<see cref="LogValve"/>).</param>
/// <param name="time">For the intervals.</param>
internal sealed class WebServerLog(ILoggerFactory inner, ActorSystemConfig config, TimeProvider time) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Category(inner.CreateLogger(categoryName), config, time);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose()
    {
        // The application's goes on.
    }

    private sealed class Category(ILogger log, ActorSystemConfig config, TimeProvider time) : ILogger
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

        private LogValve Valve(EventId kind) =>
            _valves.GetOrAdd(kind, static (_, of) => LogValve.Of(of.Log, of.Config, of.Time), (Log: log, Config: config, Time: time));
    }
}
