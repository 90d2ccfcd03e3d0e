using Microsoft.Extensions.Logging;
using Proto;

namespace Remote.Cluster.Redis;

/// <summary>What a <see cref="RedisIdentityStorage"/> may be given beside its plain options. All of it is optional.</summary>
public sealed class RedisIdentityHooks
{
    /// <summary>
    /// The actor system of this member. When it is set, an activation that lost its identity (see <see cref="LostActivation"/>) is stopped in it.
    /// Without it the storage can only log an Error and call <see cref="ActivationLost"/>.
    /// </summary>
    public ActorSystem? ActorSystem { get; set; }

    /// <summary>Told of each activation that lost its identity, on a thread of the pool; must not block. An exception in it is logged.</summary>
    public Action<LostActivation>? ActivationLost { get; set; }

    /// <summary>Where the log goes. Default: Proto.Actor's logger factory.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>The clock of pauses, checks and waiting. Expiry of locks is always judged by the clock of Redis.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Gives numbers from 0 to below 1 for the variation of pauses; called by many threads at once. Default: the platform's.</summary>
    public Func<double>? Chance { get; set; }
}
