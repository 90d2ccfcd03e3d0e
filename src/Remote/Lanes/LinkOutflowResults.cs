namespace Remote;

/// <summary>How much a link retains.</summary>
/// <param name="MaxBytes">Bytes of frames.</param>
/// <param name="MaxBatches">Batches.</param>
/// <param name="ControlReserve">Batches beyond that which hold no user message.</param>
internal sealed record LinkOutflowLimits(long MaxBytes = 8 * 1024 * 1024, int MaxBatches = 64, int ControlReserve = 64);

/// <summary>The meaning of a handshake's answer for the sender's side of a link.</summary>
internal enum LinkBegin
{
    /// <summary>The link begins.</summary>
    New,

    /// <summary>It goes on: <see cref="LinkOutflow.TryNextUnwritten"/> gives the batches to write again.</summary>
    Resumed,

    /// <summary>
    /// The peer knows nothing of it: retained messages are <c>DeliveryUnknown</c>. <see cref="LinkOutflow.Restart"/>, end this stream, dial
    /// again.
    /// </summary>
    Unknown,

    /// <summary>
    /// The peer cannot resume: retained messages are <c>DeliveryUnknown</c>. <see cref="LinkOutflow.Restart"/>; the stream goes on without
    /// numbers.
    /// </summary>
    NoLink,

    /// <summary>
    /// The answer is impossible: the peer is at fault and the link is over. As <see cref="Unknown"/>, and the log must say so.
    /// </summary>
    Violation,
}

/// <summary>The answer of <see cref="LinkOutflow.BeginStream"/>.</summary>
/// <param name="Begin">The state of the link.</param>
/// <param name="Rejected">A batch that the peer has refused twice: dead letters <c>RejectedByPeer</c>; release it.</param>
internal readonly record struct LinkBeginning(LinkBegin Begin, Batch? Rejected = null);

/// <summary>The kinds of acknowledgement.</summary>
internal enum LinkAckStatus
{
    /// <summary>It says something new of batches.</summary>
    Fresh,

    /// <summary>It says nothing new of batches: late, repeated, or only about credit.</summary>
    Stale,

    /// <summary>It acknowledges a batch that was not written on this stream; the stream ends.</summary>
    Violation,
}
