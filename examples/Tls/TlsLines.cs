using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace SecureNodes;

/// <summary>A log that shows what Remote says about TLS, and lets a program wait for it.</summary>
internal sealed class TlsLines(Action<string> show) : ILoggerFactory, ILogger
{
    private readonly Channel<string> _names = Channel.CreateUnbounded<string>();

    /// <summary>Waits for an entry with this name.</summary>
    public async Task NextAsync(string name, CancellationToken cancellation)
    {
        while (await _names.Reader.ReadAsync(cancellation) != name)
        {
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Name?.StartsWith("Tls", StringComparison.Ordinal) == true)
        {
            show($"{eventId.Name}: {formatter(state, null)}");
            _names.Writer.TryWrite(eventId.Name);
        }
    }

    public void Dispose()
    {
    }
}
