namespace Remote;

/// <summary>
/// An answer of <see cref="RemoteHooks.AuthorizePeer"/> or <see cref="RemoteHooks.AuthorizeOperation"/>. The value that nobody has set is a no.
/// </summary>
public readonly record struct RemotePermission
{
    /// <summary>Yes.</summary>
    public static RemotePermission Allow { get; } = new() { IsAllowed = true };

    /// <summary>Whether the answer is yes.</summary>
    public bool IsAllowed { get; private init; }

    /// <summary>Whether the connection is closed too.</summary>
    public bool IsClosed { get; private init; }

    /// <summary>Why not; empty for a yes.</summary>
    public string Reason => IsAllowed ? "" : GivenReason ?? "it is not allowed";

    /// <summary>What to do about a no here, as whole sentences, for the log; the peer is not told. Empty when it is not known.</summary>
    internal string? WayOut { get; init; }

    private string? GivenReason { get; init; }

    /// <summary>
    /// No. A handshake or a call is answered with PERMISSION_DENIED, and not tried again; what was to be done on a stream is a dead letter
    /// <c>Forbidden</c>, and the stream goes on.
    /// </summary>
    /// <param name="reason">Why, for the log here and, with a handshake or a call, for the peer: nothing that it should not know.</param>
    public static RemotePermission Deny(string reason) => new() { GivenReason = reason };

    /// <summary>
    /// No, and the connection is closed without a word. To the peer it looks like a connection that broke, so it tries again as its options
    /// say.
    /// </summary>
    /// <param name="reason">Why, for the log here.</param>
    public static RemotePermission Close(string reason) => new() { IsClosed = true, GivenReason = reason };
}
