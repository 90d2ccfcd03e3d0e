namespace Remote;

/// <summary>How a failed or lost connection is dialled again: exponentially growing delays with jitter. Not thread-safe.</summary>
public sealed class ReconnectOptions
{
    /// <summary>The delay before the first retry, greater than zero. Default 200 ms.</summary>
    public TimeSpan InitialDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The factor from each delay to the next, 1 to 100. Default 2.</summary>
    public double Multiplier { get; set; } = 2;

    /// <summary>The longest delay before jitter, at least <see cref="InitialDelay"/>. Default 5 s.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The share by which a delay is made shorter or longer at random, 0 to 1, applied after the cap. Default 0.1.</summary>
    public double Jitter { get; set; } = 0.1;

    /// <summary>
    /// How many retries follow each other without success before the endpoint is closed, 0 or more. Default 5; 0 means for ever.
    /// </summary>
    public int MaxAttempts { get; set; } = 5;

    /// <summary>
    /// The policy for user messages during an outage. Default <see cref="OutagePolicy.Buffer"/>. Control messages always wait.
    /// </summary>
    public OutagePolicy Outage { get; set; } = OutagePolicy.Buffer;
}
