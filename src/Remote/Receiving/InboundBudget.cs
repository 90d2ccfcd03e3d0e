namespace Remote;

/// <summary>
/// How much of one peer's traffic waits in local mailboxes. The read loop stops while it is above the limit, which closes the HTTP/2 window
/// and so holds the peer back; mailboxes report what their actors took.
/// </summary>
/// <remarks>Thread-safe for many mailboxes and one reader. Reading resumes at half, or every message would stop it again.</remarks>
internal sealed class InboundBudget(int maxMessages, long maxBytes) : InboundFlow
{
    private readonly LinkCredit _max = new(maxMessages, maxBytes);
    private AtomicCredit _outstanding;
    private TaskCompletionSource? _waiting;

    public override LinkCredit Outstanding => _outstanding.Read();

    /// <summary>Whether the read loop has to stop for now.</summary>
    public bool IsExceeded => Outstanding.Exceeds(_max);

    private bool IsLow => !Outstanding.Exceeds(_max / 2);

    // Batches have numbers on links only; a number means nothing here.
    public override bool Accept(in BatchInfo batch) => true;

    public override IMessageOrigin Charge(string targetId, int size) => this;

    public override void Settle(int messages, long bytes) => _outstanding.Add(messages, bytes);

    public override void Taken(int messages, long bytes)
    {
        _outstanding.Add(-messages, -bytes);
        if (Volatile.Read(ref _waiting) is not null && IsLow && Interlocked.Exchange(ref _waiting, null) is { } waiting)
        {
            waiting.TrySetResult();
        }

        CountLeftover();
    }

    /// <summary>Completes when reading may go on. Only for the one reader.</summary>
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
}
