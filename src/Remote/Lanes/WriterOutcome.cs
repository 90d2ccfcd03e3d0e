namespace Remote;

/// <summary>
/// The work of a writer since it took messages last. All but the bytes counts user messages; control is not in the ledger.
/// </summary>
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
