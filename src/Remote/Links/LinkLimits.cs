namespace Remote;

/// <summary>The largest pieces that a node takes. Exchanged in the handshake; each sender obeys the smaller of both.</summary>
/// <param name="MessageBytes">One gRPC message.</param>
/// <param name="Envelopes">Envelopes in one batch.</param>
/// <param name="TableEntries">Type names, targets and senders of one batch together.</param>
internal readonly record struct LinkLimits(int MessageBytes, int Envelopes, int TableEntries)
{
    /// <summary>A peer that says nothing has no limits beyond those that every node keeps.</summary>
    public static LinkLimits None => new(int.MaxValue, int.MaxValue, int.MaxValue);

    /// <summary>What a node with these options takes.</summary>
    public static LinkLimits Of(RemoteOptions options) =>
        new(options.MaxMessageBytes, options.Inbound.MaxBatchMessages, options.Inbound.MaxTableEntries);

    /// <summary>Lowers our own limits to batches that a peer with these limits takes.</summary>
    public EncodeLimits Bound(EncodeLimits own) => own with
    {
        // One message brings at most one type, one target and one sender. A peer that takes less than that gets lone messages.
        BatchSize = Math.Max(1, Math.Min(own.BatchSize, Math.Min(Envelopes, TableEntries / 3))),
        MaxMessageBytes = Math.Min(own.MaxMessageBytes, MessageBytes),
    };
}
