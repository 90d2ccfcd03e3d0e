namespace Remote;

/// <summary>What a writer did since it took messages last. All but the bytes counts user messages; control is not in the ledger.</summary>
internal struct WriterOutcome
{
    public int Written;
    public int Retained;
    public int NotSerializable;
    public int Faulted;
    public int TooLarge;
    public int Expired;
    public int Batches;
    public long Bytes;

    /// <summary>User messages that no longer wait.</summary>
    public readonly int Settled => Written + Retained + NotSerializable + Faulted + TooLarge + Expired;
}

/// <summary>What a writer has taken and could not put into a batch yet.</summary>
/// <param name="Control">Control messages.</param>
/// <param name="CreditNeeded">The credit in bytes without which the next user message cannot go; 0 when that is not known.</param>
internal readonly record struct WriterHeld(int Control, int CreditNeeded);
