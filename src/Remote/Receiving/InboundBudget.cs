namespace Remote;

/// <summary>
/// How much of one peer's traffic waits in local mailboxes. The read loop stops while it is above the limit, which closes the HTTP/2 window
/// and so holds the peer back; mailboxes report what their actors took.
/// </summary>
/// <remarks>
/// Thread-safe for many mailboxes and one reader. Control messages count in bytes only. The bytes are a share of the
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

    public override LinkCredit Outstanding => _outstanding.Read() + new LinkCredit(0, ControlBytes);

    public override bool IsExceeded => Outstanding.Exceeds(_max);

    protected override long MaxBytes => _max.Bytes;

    protected override bool IsLow => !Outstanding.Exceeds(_max / 2);

    // Batches have numbers on links only; a number means nothing here.
    public override bool Accept(in BatchInfo batch) => true;

    public override IMessageOrigin Charge(string targetId, int size) => this;

    public override void Settle(int messages, long bytes)
    {
        if (messages > 0)
        {
            Rent();
        }

        _outstanding.Add(messages, bytes);
    }

    public override void Taken(int messages, long bytes)
    {
        _outstanding.Add(-messages, -bytes);
        WakeReader();
        CountLeftover();
    }

    protected override void ChangeControl(long bytes)
    {
        if (bytes > 0)
        {
            // The reader itself, which posts them.
            Rent();
        }

        base.ChangeControl(bytes);
    }

    // The reader has read its last.
    protected override void OnEnded(CreditPool pool)
    {
        if (_isRented)
        {
            pool.Return(_max.Bytes);
        }
    }

    private void Rent()
    {
        if (!_isRented)
        {
            _max = _max with { Bytes = nodePool.Rent(wanted.Bytes, floor) };
            _isRented = true;
        }
    }
}
