namespace Remote.Cluster.Tests.Redis;

/// <summary>One activation as its owner saw it. Times are those of one clock; null is not yet, or never.</summary>
internal sealed class ActivationLife(string identity, string pid, long storeBegun)
{
    public string Identity { get; } = identity;

    public string Pid { get; } = pid;

    /// <summary>From here on it may be stored.</summary>
    public long StoreBegun { get; } = storeBegun;

    /// <summary>From here on it runs: the owner was told that it is stored. Never, when the owner was told nothing.</summary>
    public long? Stored { get; set; }

    /// <summary>From here on it does not run: the actor has ended, and its removal begins.</summary>
    public long? Ended { get; set; }

    /// <summary>From here on nobody may find it.</summary>
    public long? Removed { get; set; }
}
