namespace Remote;

/// <summary>Whoever gave credit for messages, usually a link to another node, and wants it back when they end.</summary>
/// <remarks>
/// Each message that carries an origin is reported exactly once however it ends: taken by an actor, refused, dead letter, completed request.
/// Mailboxes report once per turn for consecutive messages of one origin, everything else reports at once. Calls come from any thread, never under a lock, and must not block.
/// </remarks>
internal interface IMessageOrigin
{
    /// <summary>Messages of this origin have come to their end.</summary>
    /// <param name="messages">How many.</param>
    /// <param name="bytes">The sum of their sizes.</param>
    void Taken(int messages, long bytes);
}
