using Microsoft.Extensions.Logging;

namespace Remote.Cluster.Redis;

/// <summary>The log messages of the identity storage. An operator must act: Warning or Error.</summary>
internal static partial class RedisIdentityLog
{
    [LoggerMessage(3201, LogLevel.Information, "Began a new epoch for {Prefix} in Redis at {Server}: it has none, or it started again. Activations begin in {Left}, when the members have said what runs on them", EventName = "EpochBegun")]
    public static partial void EpochBegun(ILogger log, string prefix, string server, TimeSpan left);

    [LoggerMessage(3202, LogLevel.Warning, "Redis at {Server} started again, lost its memory or was replaced. What runs here is told to it again; new activations wait for another {Left}", EventName = "EpochEnded")]
    public static partial void EpochEnded(ILogger log, string server, TimeSpan left);

    [LoggerMessage(3203, LogLevel.Information, "Told Redis at {Server} of {Count} activations of member {MemberId}", EventName = "Claimed")]
    public static partial void Claimed(ILogger log, int count, string memberId, string server);

    [LoggerMessage(3204, LogLevel.Error, "{Kind}/{Identity} has lost its place in Redis: it was activated elsewhere while Redis had lost its memory, or its member was removed by one that does not know it. The actor {Address}/{Id} must stop, and is stopped if RedisIdentityHooks.ActorSystem is set", EventName = "ActivationLost")]
    public static partial void ActivationLost(ILogger log, string kind, string identity, string address, string id);

    [LoggerMessage(3205, LogLevel.Error, "RedisIdentityHooks.ActivationLost failed", EventName = "HookFailed")]
    public static partial void HookFailed(ILogger log, Exception exception);

    [LoggerMessage(3206, LogLevel.Warning, "Redis at {Server} does not answer: no identity can be activated or looked up until it does; known activations go on", EventName = "Away")]
    public static partial void Away(ILogger log, string server, Exception exception);

    [LoggerMessage(3207, LogLevel.Information, "Redis at {Server} answers again", EventName = "BackAgain")]
    public static partial void BackAgain(ILogger log, string server);

    [LoggerMessage(3208, LogLevel.Information, "Removed member {MemberId}: deleted {Count} activations", EventName = "MemberRemoved")]
    public static partial void MemberRemoved(ILogger log, string memberId, long count);

    [LoggerMessage(3209, LogLevel.Information, "Member {MemberId} is not removed: it stored its first activation a moment ago, so this process may not know it yet. Asked again after {Left}, it will be", EventName = "MemberTooYoung")]
    public static partial void MemberTooYoung(ILogger log, string memberId, TimeSpan left);

    [LoggerMessage(3210, LogLevel.Debug, "Could not give back a lock of {Kind}/{Identity}; it runs out by itself", EventName = "LockNotReleased")]
    public static partial void LockNotReleased(ILogger log, string kind, string identity, Exception exception);

    [LoggerMessage(3211, LogLevel.Information, "Member {MemberId} of this process is being removed: deleted {Count} of its activations here, for whoever began that may have ended. It activates nothing for another {Left}", EventName = "RemovalFinished")]
    public static partial void RemovalFinished(ILogger log, string memberId, long count, TimeSpan left);

    [LoggerMessage(3212, LogLevel.Error, "The check of what runs here against Redis at {Server} failed in a way it should not; the next follows after {Interval}. What the exception names threw: a mailbox of the application's own, or else it is a fault of Remote.Cluster.Redis: please report it", EventName = "PlaceCheckFailed")]
    public static partial void CheckFailed(ILogger log, string server, TimeSpan interval, Exception exception);
}
