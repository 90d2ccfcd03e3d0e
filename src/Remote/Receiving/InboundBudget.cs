using Remote.Actors;

namespace Remote;

/// <summary>
/// How much of one peer's traffic waits in local mailboxes. The read loop stops while it is above the limit, which closes the HTTP/2 window
/// and so holds the peer back; mailboxes report what their actors took.
/// </summary>
/// <remarks>Thread-safe for any number of mailboxes and one reader. Reading resumes at half, or every message would stop it again.</remarks>
internal sealed class InboundBudget(int maxMessages, long maxBytes) : IInboundFlow, ILeftover
{
    private long _messages;
    private long _bytes;
    private TaskCompletionSource? _waiting;
    private CreditPool? _leftTo;

    public long Messages => Volatile.Read(ref _messages);

    public long Bytes => Volatile.Read(ref _bytes);

    /// <inheritdoc/>
    public (long Messages, long Bytes) Outstanding => (Messages, Bytes);

    /// <inheritdoc/>
    public long Counted { get; set; }

    public bool IsExceeded => Messages > maxMessages || Bytes > maxBytes;

    /// <inheritdoc/>
    /// <remarks>Nothing is numbered on a stream without a link; a number means nothing here.</remarks>
    public bool Accept(in BatchInfo batch) => true;

    /// <inheritdoc/>
    public IMessageOrigin Charge(string targetId, int size) => this;

    /// <inheritdoc/>
    public void Settle(int messages, long bytes)
    {
        Interlocked.Add(ref _messages, messages);
        Interlocked.Add(ref _bytes, bytes);
    }

    /// <inheritdoc/>
    public void Taken(int messages, long bytes)
    {
        Interlocked.Add(ref _messages, -messages);
        Interlocked.Add(ref _bytes, -bytes);
        if (Volatile.Read(ref _waiting) is not null && IsLow && Interlocked.Exchange(ref _waiting, null) is { } waiting)
        {
            waiting.TrySetResult();
        }

        Volatile.Read(ref _leftTo)?.Count(this);
    }

    /// <summary>The stream is over: nothing comes any more, but mailboxes may hold some of it.</summary>
    public void End(CreditPool pool)
    {
        // Before it is counted: a mailbox that takes something from here on counts again.
        Interlocked.Exchange(ref _leftTo, pool);
        pool.Count(this);
    }

    /// <inheritdoc/>
    public Task WaitAsync()
    {
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _waiting, waiting);

        // The last report may have come before the wait was visible.
        if (IsLow)
        {
            waiting.TrySetResult();
        }

        return waiting.Task;
    }

    private bool IsLow => Messages <= maxMessages / 2 && Bytes <= maxBytes / 2;
}
