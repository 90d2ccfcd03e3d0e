namespace Remote;

/// <summary>
/// Brings the addresses of the options into the one spelling that tables and handshakes use: they are written by people, who do not know
/// it. Without that an alias would be this node for one spelling and a foreign one for the next.
/// </summary>
internal static class AddressSpelling
{
    public static void Unify(RemoteOptions options)
    {
        options.Aliases = [.. options.Aliases.Select(PeerAddress.Canonical)];
        options.PlainPeers = [.. options.PlainPeers.Select(PeerAddress.Canonical)];
        var dialects = new Dictionary<string, WireDialect>(StringComparer.Ordinal);
        foreach (var (address, dialect) in options.Dialects)
        {
            dialects[PeerAddress.Canonical(address)] = dialect;
        }

        options.Dialects = dialects;
    }
}
