namespace Remote;

/// <summary>Chooses the address of a node among those that the application's web server is bound to.</summary>
internal static class RemoteHostAddress
{
    /// <summary>The first address that speaks HTTP/2 without TLS, else the first of all: <c>host:port</c> or <c>unix:///path</c>.</summary>
    /// <exception cref="RemoteException">The server listens nowhere.</exception>
    public static string Choose(ICollection<string> bound)
    {
        var url = bound.FirstOrDefault(address => address.StartsWith("http://", StringComparison.OrdinalIgnoreCase)) ?? bound.FirstOrDefault()
            ?? throw new RemoteException(RemoteError.BindFailed, "The web server of this application listens nowhere; MapRemote needs an HTTP/2 endpoint.");
        var authority = url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..].TrimEnd('/');
        return authority.StartsWith("unix:", StringComparison.Ordinal)
            ? PeerAddress.UnixScheme + authority["unix:".Length..]
            : authority;
    }
}
