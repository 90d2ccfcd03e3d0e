namespace Remote;

/// <summary>The meaning of a handshake's answer for the sender's side of a link.</summary>
internal enum LinkBegin
{
    /// <summary>The link begins, or goes on: <see cref="LinkOutflow.TryNextUnwritten"/> gives the batches to write again.</summary>
    Begun,

    /// <summary>
    /// The peer knows nothing of it: retained messages are <c>DeliveryUnknown</c>. <see cref="LinkOutflow.Restart"/>, end this stream, dial
    /// again.
    /// </summary>
    Unknown,

    /// <summary>The peer cannot resume: as <see cref="Unknown"/>, but the stream goes on without numbers.</summary>
    NoLink,

    /// <summary>The answer is impossible: the peer is at fault. As <see cref="Unknown"/>, and the log must say so.</summary>
    Violation,
}

/// <summary>The answer of <see cref="LinkOutflow.BeginStream"/>.</summary>
/// <param name="Begin">The state of the link.</param>
/// <param name="Rejected">A batch that the peer has refused twice: dead letters <c>RejectedByPeer</c>; release it.</param>
internal readonly record struct LinkBeginning(LinkBegin Begin, Batch? Rejected = null);
