using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Remote.Transport;

/// <summary>How calls are handled, on a server of its own and on a shared host alike.</summary>
public class GrpcServiceOptions
{
    /// <summary>The largest message accepted from a client, in bytes, checked before the message is buffered. Default 4 MiB.</summary>
    public int MaxReceiveMessageBytes { get; set; } = GrpcClientOptions.DefaultMaxReceiveMessageBytes;

    /// <summary>
    /// Whether the status of a call whose handler threw says type and message of the exception. Default false: callers
    /// learn only that it failed.
    /// </summary>
    public bool IncludeExceptionDetails { get; set; }

    /// <summary>The clock behind deadlines. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Where handler failures and the web server's own events are logged. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    internal virtual OptionFaults FindFaults() => new OptionFaults()
        .Range(nameof(MaxReceiveMessageBytes), MaxReceiveMessageBytes, 0, int.MaxValue)
        .NotNull(nameof(TimeProvider), TimeProvider)
        .NotNull(nameof(LoggerFactory), LoggerFactory);
}
