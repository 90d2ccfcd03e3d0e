using Microsoft.Extensions.Logging;

namespace Remote.Cluster.Etcd;

/// <summary>The log messages of a node that is in a cluster by way of etcd.</summary>
internal static partial class EtcdLog
{
    [LoggerMessage(2201, LogLevel.Information, "{Address} is registered as {MemberId} under {Prefix}, lease {Lease:x}, at {Endpoint}", EventName = "EtcdRegistered")]
    public static partial void Registered(ILogger log, string address, string memberId, string prefix, long lease, Uri endpoint);

    [LoggerMessage(2202, LogLevel.Information, "{Address} takes the place of {OtherId}, which did not leave; it is {MemberId} now", EventName = "EtcdPlaceTakenOver")]
    public static partial void PlaceTakenOver(ILogger log, string address, string memberId, string otherId);

    [LoggerMessage(2203, LogLevel.Information, "{Count} entries under {Prefix} at {Endpoint}, revision {Revision}; watching from there", EventName = "EtcdListed")]
    public static partial void Listed(ILogger log, int count, string prefix, Uri endpoint, long revision);

    [LoggerMessage(2204, LogLevel.Warning, "The connection to etcd is lost ({Error}). The {Count} members that are known stay; the endpoints are tried until one answers", EventName = "EtcdLost")]
    public static partial void ConnectionLost(ILogger log, string error, int count);

    [LoggerMessage(2205, LogLevel.Information, "etcd answers again at {Endpoint}, after {Outage}", EventName = "EtcdReconnected")]
    public static partial void Reconnected(ILogger log, Uri endpoint, TimeSpan outage);

    [LoggerMessage(2206, LogLevel.Debug, "No endpoint of etcd would do: {Error}", EventName = "EtcdRoundFailed")]
    public static partial void RoundFailed(ILogger log, string error);

    [LoggerMessage(2207, LogLevel.Warning, "The lease {Lease:x} of {Address} is lost: etcd was away, or this process was, for longer than EtcdClusterOptions.LeaseTimeToLive. It registers again; members that saw it leave have blocked it, and then it leaves", EventName = "EtcdLeaseLost")]
    public static partial void LeaseLost(ILogger log, string address, long lease);

    [LoggerMessage(2208, LogLevel.Error, "{OtherId} has registered at {Address}, so this node leaves the cluster. Do two nodes have the same advertised address?", EventName = "EtcdPlaceTaken")]
    public static partial void PlaceTaken(ILogger log, string address, string otherId);

    [LoggerMessage(2209, LogLevel.Warning, "The entry {Key} is left out, because {Fault}. Who writes there beside the members?", EventName = "EtcdEntryUnreadable")]
    public static partial void EntryUnreadable(ILogger log, string key, string fault);

    [LoggerMessage(2210, LogLevel.Information, "The members under {Prefix} are listed anew: {Why}", EventName = "EtcdListedAnew")]
    public static partial void ListedAnew(ILogger log, string prefix, string why);

    [LoggerMessage(2211, LogLevel.Warning, "{Endpoint} has no authentication enabled, so the user {User} (EtcdClusterOptions.User) is not used", EventName = "EtcdAuthenticationOff")]
    public static partial void AuthenticationNotEnabled(ILogger log, Uri endpoint, string user);

    [LoggerMessage(2212, LogLevel.Warning, "This node leaves, and etcd could not be told ({Error}): others see it when the lease runs out, within {TimeToLive}", EventName = "EtcdLeftWithoutWord")]
    public static partial void LeftWithoutWord(ILogger log, TimeSpan timeToLive, string error);

    [LoggerMessage(2213, LogLevel.Information, "{Count} members have no entry since etcd was away; they count as members while they are waited for (EtcdClusterOptions.OutageGrace)", EventName = "EtcdMembersMissing")]
    public static partial void MembersMissing(ILogger log, int count);

    [LoggerMessage(2214, LogLevel.Warning, "Gone after an outage of etcd, because they did not register again within EtcdClusterOptions.OutageGrace: {Members}", EventName = "EtcdMissingDropped")]
    public static partial void MissingDropped(ILogger log, string members);

    [LoggerMessage(2215, LogLevel.Error, "A list of {Count} members was not taken by the cluster", EventName = "EtcdHandOverFailed")]
    public static partial void HandOverFailed(ILogger log, int count, Exception exception);

    [LoggerMessage(2216, LogLevel.Error, "The membership loop failed in a way it should not; it begins again. This is a fault of Remote.Cluster.Etcd: please report it", EventName = "EtcdLoopFailed")]
    public static partial void LoopFailed(ILogger log, Exception exception);

    [LoggerMessage(2217, LogLevel.Information, "{MemberId} has left by way of etcd", EventName = "EtcdStopped")]
    public static partial void Stopped(ILogger log, string memberId);

    [LoggerMessage(2218, LogLevel.Warning, "{MemberId} leaves: members block each other, and it is outvoted. {Blockers} of {Total} registered members block it ({BlockerIds}); it blocks {Blocked} ({BlockedIds}). Start a new process in its place, and find out why this one hung or was cut off from the others", EventName = "EtcdOutvoted")]
    public static partial void Outvoted(ILogger log, string memberId, int blockers, int total, string blockerIds, int blocked, string blockedIds);

    [LoggerMessage(2219, LogLevel.Information, "etcd is told that this member blocks {Count} of those that are registered: {Ids}", EventName = "EtcdBlocksTold")]
    public static partial void BlocksTold(ILogger log, int count, string ids);
}
