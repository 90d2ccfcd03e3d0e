using Proto.Mailbox;

namespace Remote;

/// <summary>
/// Makes a foreign mailbox take another turn, and does nothing in it. A bounded mailbox of Proto.Actor can end a turn beside a message that is just
/// coming, take itself for empty, and keep the message until the next one is posted.
/// </summary>
internal sealed class TurnAsked : SystemMessage
{
    public static readonly TurnAsked Instance = new();

    private TurnAsked()
    {
    }
}
