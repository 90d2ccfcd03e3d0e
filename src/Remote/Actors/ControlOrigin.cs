namespace Remote;

/// <summary>
/// Whoever has sent control messages (Watch, Unwatch, Stop) that wait in mailboxes here: they need no credit, and are charged by the piece.
/// </summary>
/// <remarks>
/// Posting one goes through Proto.Actor, which has no room for an origin beside it, so the origin is that of the thread while it posts. Only a mailbox
/// that will certainly give the charge back takes it: with any other process nothing is charged.
/// </remarks>
/// <param name="changed">Is told of each charge, and with less than nothing of each that comes back. Called from any thread; must not block.</param>
internal sealed class ControlOrigin(Action<long> changed) : IMessageOrigin
{
    /// <summary>What one counts for: it is some ten bytes on the wire, and 150 to 200 here as the message, its PID and its place in a queue.</summary>
    public const int MessageBytes = 256;

    [ThreadStatic]
    private static ControlOrigin? _posting;

    private readonly Action<long> _changed = changed;

    /// <summary>A mailbox gets a system message and charges it. The result is to be told when it was taken; null for one of this node.</summary>
    public static ControlOrigin? Charge()
    {
        var origin = _posting;
        origin?._changed(MessageBytes);
        return origin;
    }

    /// <summary>Until it is disposed of, this thread posts a message of this origin.</summary>
    public PostScope Post()
    {
        _posting = this;
        return default;
    }

    public void Taken(int messages, long bytes) => _changed(-bytes);

    /// <summary>The end of <see cref="Post"/>.</summary>
    internal readonly ref struct PostScope
    {
        public void Dispose() => _posting = null;
    }
}
