namespace Remote;

/// <summary>The administration service (<c>remote.admin.Admin</c>): endpoints, block list, statistics and events. Not thread-safe.</summary>
public sealed class AdministrationOptions
{
    /// <summary>
    /// Whether the service answers. Default <see langword="null"/>: to callers whose connection comes over loopback or a Unix socket, because it can
    /// cut peers off. With <see langword="true"/> it answers everybody whom <see cref="RemoteOptions.Access"/> and the hooks allow.
    /// </summary>
    public bool? Enabled { get; set; }

    /// <summary>
    /// How many calls may watch statistics or events at one time, 0 to 10,000. Default 16; one more is refused with RESOURCE_EXHAUSTED.
    /// </summary>
    public int MaxWatchers { get; set; } = 16;

    /// <summary>
    /// How many events wait for one watcher that is slow, 1 to 1,000,000. Default 1,000; beyond it the oldest is left out, and the watcher is told how
    /// many were.
    /// </summary>
    public int EventBuffer { get; set; } = 1_000;
}
