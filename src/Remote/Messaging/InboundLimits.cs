namespace Remote;

/// <summary>The largest pieces of a batch that a node reads.</summary>
/// <param name="Envelopes">Messages in one batch; more end the stream.</param>
/// <param name="TableEntries">Type names, targets and senders of one batch together; more end the stream.</param>
/// <param name="PidBytes">A target or a sender; a longer one costs the messages that use it.</param>
/// <param name="TypeNameBytes">A type name, likewise.</param>
/// <param name="HeaderBytes">The headers of one message together; more cost the message.</param>
/// <param name="Headers">Headers of one message, likewise.</param>
internal sealed record InboundLimits(int Envelopes, int TableEntries, int PidBytes, int TypeNameBytes, int HeaderBytes, int Headers)
{
    /// <summary>Those of a node whose options are untouched.</summary>
    public static InboundLimits Default { get; } = Of(new InboundOptions());

    public static InboundLimits Of(InboundOptions options) => new(
        options.MaxBatchMessages, options.MaxTableEntries, options.MaxPidBytes, options.MaxTypeNameBytes, options.MaxHeaderBytes, options.MaxHeaders);
}
