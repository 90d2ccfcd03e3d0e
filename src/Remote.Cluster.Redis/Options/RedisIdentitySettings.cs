using System.Globalization;

namespace Remote.Cluster.Redis;

/// <summary>The options after they were found valid; never changes.</summary>
internal sealed record RedisIdentitySettings(
    string Prefix,
    int Database,
    TimeSpan LockExpiry,
    TimeSpan WaitTimeout,
    TimeSpan FirstPause,
    TimeSpan LongestPause,
    int MaxConcurrentLooks,
    TimeSpan SettlingTime,
    TimeSpan CheckInterval,
    TimeSpan YoungMemberTime,
    TimeSpan RemovedMemberTime)
{
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(10);

    /// <exception cref="RedisIdentityException">Names every option that is out of range.</exception>
    public static RedisIdentitySettings From(RedisIdentityOptions options)
    {
        List<string> faults = [];
        var prefix = HashTag.Complete(options.KeyPrefix, out var fault);
        if (fault is not null)
        {
            faults.Add(fault);
        }

        if (options.Database < -1)
        {
            faults.Add($"Database is {options.Database}; it must be at least 0, or -1 for the connection's own");
        }

        Range(nameof(options.LockExpiry), options.LockExpiry, TimeSpan.FromMilliseconds(100), s_longest);
        Range(nameof(options.WaitTimeout), options.WaitTimeout, TimeSpan.FromMilliseconds(10), s_longest);
        Range(nameof(options.LongestPause), options.LongestPause, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(10));
        Range(nameof(options.FirstPause), options.FirstPause, TimeSpan.FromMilliseconds(1), options.LongestPause);
        Range(nameof(options.CheckInterval), options.CheckInterval, TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(1));
        Range(nameof(options.YoungMemberTime), options.YoungMemberTime, TimeSpan.Zero, s_longest);
        Range(nameof(options.RemovedMemberTime), options.RemovedMemberTime, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        if (options.SettlingTime != TimeSpan.Zero)
        {
            Range(nameof(options.SettlingTime), options.SettlingTime, 3 * options.CheckInterval, s_longest);
        }

        if (options.MaxConcurrentLooks is < 1 or > 10_000)
        {
            faults.Add($"MaxConcurrentLooks is {options.MaxConcurrentLooks}; it must be from 1 to 10,000");
        }

        if (faults.Count > 0)
        {
            throw new RedisIdentityException(RedisIdentityError.InvalidConfiguration, $"RedisIdentityOptions: {string.Join(". ", faults)}.");
        }

        return new RedisIdentitySettings(prefix!, options.Database, options.LockExpiry, options.WaitTimeout, options.FirstPause, options.LongestPause,
            options.MaxConcurrentLooks, options.SettlingTime, options.CheckInterval, options.YoungMemberTime, options.RemovedMemberTime);

        void Range(string name, TimeSpan value, TimeSpan least, TimeSpan most)
        {
            if (value < least || value > most)
            {
                faults.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; it must be from {least} to {most}"));
            }
        }
    }
}
