using System.Globalization;
using System.Net;

namespace Remote;

/// <summary>The two forms of an address that can be dialled: <c>host:port</c> and <c>unix:///path</c>.</summary>
internal static class PeerAddress
{
    public const string UnixScheme = "unix://";

    public static string Of(string host, int port) =>
        // An IPv6 address needs brackets or its port could not be told apart.
        host.Contains(':') && !host.StartsWith('[')
            ? string.Create(CultureInfo.InvariantCulture, $"[{host}]:{port}")
            : string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");

    public static bool IsValid(string address)
    {
        if (address.StartsWith(UnixScheme, StringComparison.Ordinal))
        {
            return address.Length > UnixScheme.Length + 1 && address[UnixScheme.Length] == '/';
        }

        var colon = address.LastIndexOf(':');
        return colon > 0
            && int.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is > 0 and <= 65535
            && Uri.CheckHostName(address[..colon].Trim('[', ']')) != UriHostNameType.Unknown;
    }

    public static bool IsLoopback(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
