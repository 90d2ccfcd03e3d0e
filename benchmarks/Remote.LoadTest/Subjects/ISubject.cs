namespace Remote.LoadTest;

/// <summary>The end that takes messages. Serves one run after the other until it is disposed.</summary>
internal interface IReceiver : IAsyncDisposable
{
    /// <summary>Starts to listen; the address is for the driver of the same subject.</summary>
    Task<string> StartAsync();

    /// <summary>Messages that came to nothing.</summary>
    long DeadLetters { get; }
}

/// <summary>The end that sends messages and measures.</summary>
internal interface IDriver : IAsyncDisposable
{
    /// <summary>Connects to the receiver.</summary>
    Task StartAsync(string address);

    /// <summary>Does one run and says how long it took; allocations are for the caller to measure.</summary>
    Task<RunTimes> RunAsync();

    /// <summary>Messages that came to nothing.</summary>
    long DeadLetters { get; }
}

/// <summary>How long a run took, and its requests where they are timed one by one.</summary>
/// <param name="Messages">How many messages are counted.</param>
/// <param name="Elapsed">From the first send to the news of the last.</param>
/// <param name="Requests">Times of the single requests, or null.</param>
internal readonly record struct RunTimes(long Messages, TimeSpan Elapsed, LatencySamples? Requests = null);
