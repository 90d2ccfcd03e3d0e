using Remote.Actors;

namespace Remote;

/// <summary>What holds a peer back when its messages come faster than actors take them: the credit of a link, or a budget of the stream.</summary>
internal interface IInboundFlow : IMessageOrigin
{
    /// <summary>Whether the read loop has to stop for now.</summary>
    bool IsExceeded { get; }

    /// <summary>Completes when reading may go on. Only for the one reader.</summary>
    Task WaitAsync();

    /// <summary>A batch begins; <see langword="false"/> when it was received before.</summary>
    /// <exception cref="MalformedFrameException">A batch before it is missing.</exception>
    bool Accept(in BatchInfo batch);

    /// <summary>A message of the batch is about to be delivered: who must hear of its end.</summary>
    IMessageOrigin Charge(string targetId, int size);

    /// <summary>The batch is with its mailboxes. Each message of it is reported by <see cref="IMessageOrigin.Taken"/> exactly once, maybe before this.</summary>
    void Settle(int messages, long bytes);
}
