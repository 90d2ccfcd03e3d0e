namespace Remote;

/// <summary>
/// A frame is not a remote.RemoteMessage, or passes a limit. Nothing of it was delivered. It costs the stream: the peer may get anything
/// else wrong too.
/// </summary>
internal sealed class MalformedFrameException(string message, Exception? inner = null) : Exception(message, inner);
