using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Remote.Actors;

/// <summary>Options of an <see cref="ActorSystem"/>. Read once, when the system is created.</summary>
public sealed class ActorSystemOptions
{
    /// <summary>The default of <see cref="ShutdownTimeout"/>: 10 seconds.</summary>
    public static readonly TimeSpan DefaultShutdownTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long <see cref="ActorSystem.ShutdownAsync"/> waits for actors to stop before it goes on without them. Default 10 s.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = DefaultShutdownTimeout;

    /// <summary>The clock. Default: the system clock.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Where log messages go. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    /// <summary>Makes random sources, for jitter; not for ids, which are always cryptographically random. Default: <c>new Random()</c>.</summary>
    public Func<Random> RandomFactory { get; set; } = static () => new Random();
}
