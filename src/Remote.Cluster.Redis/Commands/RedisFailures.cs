using StackExchange.Redis;

namespace Remote.Cluster.Redis;

/// <summary>Says in our words what StackExchange.Redis and the server say in theirs: what happened, where, and the way out.</summary>
internal static class RedisFailures
{
    /// <summary>Whether it is a failure of Redis or of the way to it, and not a fault of ours.</summary>
    public static bool IsKnown(Exception exception) =>
        exception is RedisException or RedisTimeoutException or ObjectDisposedException or RedisCommandException;

    public static RedisIdentityException Describe(string server, Exception exception) => exception switch
    {
        RedisServerException refused => Refused(server, refused.Message, refused),
        RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } denied => NotPermitted(server, denied),
        RedisConnectionException lost when SaysNotPermitted(lost) => NotPermitted(server, lost),
        RedisConnectionException lost => new(RedisIdentityError.Unreachable,
            $"Redis at {server} is not reachable ({lost.FailureType}). Is the server running, and is the address right? {lost.Message}", lost),
        RedisTimeoutException late => new(RedisIdentityError.Timeout,
            $"Redis at {server} did not answer in time; whether the command was executed is not known. Is the server paused, or too busy? {late.Message}", late),
        ObjectDisposedException over => new(RedisIdentityError.NotRunning, $"The connection to Redis at {server} is closed: the storage, or the multiplexer it was given, is disposed.", over),
        _ when Cause<RedisServerException>(exception) is { } cause => Refused(server, cause.Message, exception),
        _ => new(RedisIdentityError.Refused, $"Redis at {server}: {exception.Message}", exception),
    };

    /// <summary>The library looks for a primary by itself, and only says that it has no connection to one.</summary>
    public static RedisIdentityException OnlyReplicas(string server, Exception exception) =>
        Refused(server, "READONLY All servers that are connected are replicas.", exception);

    private static RedisIdentityException Refused(string server, string text, Exception exception)
    {
        var (error, story) = Word(text) switch
        {
            "READONLY" => (RedisIdentityError.ReadOnlyReplica, "is a read-only replica. Give the storage the address of the primary, or of all nodes, so that the primary is found."),
            "OOM" => (RedisIdentityError.OutOfMemory, "has reached its maxmemory, nothing new is activated. Raise maxmemory, and leave maxmemory-policy at noeviction: evicted keys would be lost identities."),
            "NOAUTH" or "WRONGPASS" or "NOPERM" => (RedisIdentityError.NotPermitted, "refused the user: the password is wrong or missing, or its ACL does not allow EVALSHA, SCRIPT LOAD, INFO and the keys of the prefix."),
            "LOADING" => (RedisIdentityError.NotReady, "is loading its data. It will answer when it has."),
            "BUSY" => (RedisIdentityError.NotReady, "is blocked by a script. Whose is it? SCRIPT KILL ends one that has not written yet."),
            "MISCONF" => (RedisIdentityError.NotReady, "cannot write its snapshot to disk and takes no writes. Look at its log and at the disk."),
            "CLUSTERDOWN" or "MASTERDOWN" or "TRYAGAIN" => (RedisIdentityError.NotReady, "has a part that is down or moving."),
            _ => (RedisIdentityError.Refused, "refused the command."),
        };
        return new RedisIdentityException(error, $"Redis at {server} {story} It said: {text}", exception);
    }

    private static RedisIdentityException NotPermitted(string server, Exception exception) =>
        new(RedisIdentityError.NotPermitted,
            $"Redis at {server} refused the user or the password. Check User and Password of the connection. {exception.Message}", exception);

    /// <summary>With a retry of its connect, the library keeps the server's answer only in text.</summary>
    private static bool SaysNotPermitted(Exception exception)
    {
        for (var at = exception; at is not null; at = at.InnerException!)
        {
            if (at.Message.Contains("WRONGPASS", StringComparison.Ordinal) || at.Message.Contains("NOAUTH", StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The first word of capitals: servers before 7 say it only behind "ERR Error running script ...: -".</summary>
    private static string Word(string text)
    {
        foreach (var word in new[] { "READONLY", "OOM", "NOAUTH", "WRONGPASS", "NOPERM", "LOADING", "BUSY", "MISCONF", "CLUSTERDOWN", "MASTERDOWN", "TRYAGAIN" })
        {
            if (text.StartsWith(word + " ", StringComparison.Ordinal) || text.Contains("-" + word + " ", StringComparison.Ordinal))
            {
                return word;
            }
        }

        return "";
    }

    private static T? Cause<T>(Exception exception) where T : Exception
    {
        for (var at = exception; at is not null; at = at.InnerException)
        {
            if (at is T found)
            {
                return found;
            }
        }

        return null;
    }
}
