namespace Remote;

/// <summary>
/// Nodes without a listener have the address "$client/&lt;system id&gt;". Through their server they are reached by ids of the form
/// "$client/&lt;system id&gt;/&lt;local id&gt;".
/// </summary>
internal static class ClientAddress
{
    internal const string Prefix = "$client/";

    internal static string Of(string systemId) => Prefix + systemId;

    internal static bool IsClient(string address) => address.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Splits a proxied id into the client's address and the id there. Another id has no address, and is the id there.</summary>
    internal static bool TrySplit(string id, out string address, out string localId)
    {
        var slash = IsClient(id) ? id.IndexOf('/', Prefix.Length) : -1;
        var isProxied = slash > Prefix.Length && slash + 1 < id.Length;
        (address, localId) = isProxied ? (id[..slash], id[(slash + 1)..]) : ("", id);
        return isProxied;
    }
}
