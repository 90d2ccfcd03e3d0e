
namespace Remote;

/// <summary>A mailbox that gives the credit of each message back when the message has come to its end.</summary>
internal interface ICreditedMailbox
{
    /// <summary>Whether other nodes may not reach the actor. Set before the actor has a name.</summary>
    bool IsLocalOnly { get; set; }

    /// <summary>Takes a message from another node. Never blocks, never throws.</summary>
    /// <param name="message">The message, in an envelope when it has a sender or headers.</param>
    /// <param name="origin">Receives the credit.</param>
    /// <param name="size">Bytes on the wire.</param>
    void Post(object message, IMessageOrigin origin, int size);
}
