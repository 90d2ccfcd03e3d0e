namespace Remote.Cluster.Redis;

/// <summary>
/// How a <see cref="RedisIdentityStorage"/> uses Redis. Plain values, so that it can be bound from configuration; they are read when the storage is
/// made. All members of a cluster must have the same <see cref="KeyPrefix"/> and should have the same times.
/// </summary>
public sealed class RedisIdentityOptions
{
    /// <summary>
    /// What all keys of this cluster begin with, usually the name of the cluster; it separates clusters that share a Redis. Required. The keys of a cluster
    /// must lie in one slot of a Redis Cluster: <c>orders</c> becomes the hash tag <c>{orders}</c>; a prefix with a hash tag of its own
    /// (<c>prod:{orders}</c>) is taken as it is; one with braces that are no hash tag (<c>{}x</c>, <c>a{b</c>) is refused.
    /// </summary>
    public string KeyPrefix { get; set; } = "";

    /// <summary>The number of the database; -1, the default, is that of the connection. Redis Cluster has only 0.</summary>
    public int Database { get; set; } = -1;

    /// <summary>
    /// How long a lock is held by an owner that neither stores nor releases. Default 6 s, from 100 ms to 10 min. An activation that takes longer
    /// loses its lock and is not stored, so it should be longer than <c>ClusterConfig.ActorActivationTimeout</c> (5 s). An identity whose
    /// activator was killed cannot be activated for so long.
    /// </summary>
    public TimeSpan LockExpiry { get; set; } = TimeSpan.FromSeconds(6);

    /// <summary>How long <c>WaitForActivation</c> waits for somebody else's activation. Default 6 s, from 10 ms to 10 min; the caller's token may end it sooner.</summary>
    public TimeSpan WaitTimeout { get; set; } = TimeSpan.FromSeconds(6);

    /// <summary>The first pause between two looks at somebody else's activation. Default 10 ms, from 1 ms to <see cref="LongestPause"/>. Each pause is longer by half than the one before, and varies by a quarter.</summary>
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>The longest pause between two looks. Default 250 ms, up to 10 s.</summary>
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How many looks of waiting callers may be under way at once. Default 64, from 1 to 10,000. When Redis is slow, the others wait for their turn
    /// in this process instead of piling up there.
    /// </summary>
    public int MaxConcurrentLooks { get; set; } = 64;

    /// <summary>
    /// After Redis started (also for the first time), lost its memory or was taken over by a replica: how long no lock is granted, so that the members can
    /// say what runs on them. Default 5 s, up to 10 min; at least three times <see cref="CheckInterval"/>, or zero. Longer is safer against members that
    /// reach Redis late. Zero gives this protection up: use it only where no activation can have survived, as in tests with a Redis of their own.
    /// </summary>
    public TimeSpan SettlingTime { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often the storage asks whether Redis still knows what it knew. Default 1 s, from 50 ms to 1 min. One small script each time.</summary>
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long after its first activation a member cannot be removed by others. Default 5 s, up to 10 min; zero switches it off. Proto.Cluster's lookup removes all
    /// activations of any member that is not in its list, also of one that has just joined and whose joining it has not heard of yet.
    /// </summary>
    public TimeSpan YoungMemberTime { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a member that was removed stores nothing, so that activations on their way do not outlive it. Default 30 s, from 1 s to 1 h.</summary>
    public TimeSpan RemovedMemberTime { get; set; } = TimeSpan.FromSeconds(30);
}
