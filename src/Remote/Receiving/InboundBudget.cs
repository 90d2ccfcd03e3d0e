namespace Remote;

/// <summary>
/// How much of one peer's traffic waits in local mailboxes. The read loop stops while it is above the limit, which closes the HTTP/2 window
/// and so holds the peer back; mailboxes report what their actors took.
/// </summary>
/// <remarks>
/// Thread-safe for many mailboxes and one reader. Reading resumes at half, or every message would stop it again. The bytes are a share of the
/// node's pool from the first message on: most streams that a node has dialled never bring one.
/// </remarks>
/// <param name="nodePool">The bytes that may wait in this node.</param>
/// <param name="wanted">What may wait if there is enough in the pool.</param>
/// <param name="floor">The bytes that may wait in any case.</param>
internal sealed class InboundBudget(CreditPool nodePool, LinkCredit wanted, long floor) : InboundFlow
{
    private LinkCredit _max = new(wanted.Messages, 0);
    private bool _isRented;
    private AtomicCredit _outstanding;
    private TaskCompletionSource? _waiting;

    public override LinkCredit Outstanding => _outstanding.Read();

    /// <summary>Whether the read loop has to stop for now.</summary>
    public bool IsExceeded => Outstanding.Exceeds(_max);

    private bool IsLow => !Outstanding.Exceeds(_max / 2);

    // Batches have numbers on links only; a number means nothing here.
    public override bool Accept(in BatchInfo batch) => true;

    public override IMessageOrigin Charge(string targetId, int size) => this;

    public override void Settle(int messages, long bytes)
    {
        if (messages > 0 && !_isRented)
        {
            _max = _max with { Bytes = nodePool.Rent(wanted.Bytes, floor) };
            _isRented = true;
        }

        _outstanding.Add(messages, bytes);
    }

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

    // The reader has read its last.
    protected override void OnEnded(CreditPool pool)
    {
        if (_isRented)
        {
            pool.Return(_max.Bytes);
        }
    }
}
