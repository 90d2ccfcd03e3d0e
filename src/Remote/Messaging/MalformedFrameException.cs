namespace Remote;

/// <summary>
/// A frame is not a remote.RemoteMessage, or passes a limit. Nothing of it was delivered, and since nobody can know what
/// else the peer gets wrong, it costs the stream.
/// </summary>
internal sealed class MalformedFrameException : Exception
{
    internal MalformedFrameException(string message)
        : base(message)
    {
    }

    internal MalformedFrameException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
