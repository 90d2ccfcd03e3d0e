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

    public static bool IsValid(string address) => AddressFault.Of(address) is null;

    /// <summary>
    /// The one form of an address that tables, lists and handshakes use: a host name in lower case and without the dot of a full name, for
    /// both mean the same host. Other addresses stay as they are.
    /// </summary>
    public static string Canonical(string address)
    {
        var colon = address.LastIndexOf(':');
        if (colon <= 0 || address.StartsWith(UnixScheme, StringComparison.Ordinal) || ClientAddress.IsClient(address))
        {
            return address;
        }

        var host = address.AsSpan(0, colon);
        var name = host is [.. var rest, '.'] ? rest : host;
        return name.Length == host.Length && !name.ContainsAnyInRange('A', 'Z')
            ? address
            : string.Concat(name.ToString().ToLowerInvariant(), address.AsSpan(colon));
    }

    /// <summary>Whether a host is none that can be dialled but stands for all addresses of a machine.</summary>
    public static bool IsWildcard(string host) =>
        host is "*" or "+"
        || (IPAddress.TryParse(host, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)));

    /// <summary>What is wrong with a host that peers are to dial; <see langword="null"/> when nothing is.</summary>
    /// <param name="host">The host.</param>
    /// <param name="portOption">Where its port belongs.</param>
    public static string? FaultOfHost(string host, string portOption = nameof(Proto.Remote.RemoteConfig.AdvertisedPort))
    {
        if (host.Any(char.IsWhiteSpace))
        {
            return "has a space in it";
        }

        if (IsWildcard(host.Trim('[', ']')))
        {
            return "stands for all addresses and cannot be dialled";
        }

        if (host.Contains("://", StringComparison.Ordinal))
        {
            return "is a URL; only its host is wanted";
        }

        // Before it is parsed: the parser takes [::1]:80 and forgets the port.
        if (host.StartsWith('[') && !host.EndsWith(']'))
        {
            return $"has a port; that is what {portOption} is for";
        }

        if (IPAddress.TryParse(host, out var address))
        {
            return address is { IsIPv6LinkLocal: true, ScopeId: 0 } ? "is a link-local address without its zone (fe80::1%eth0)" : null;
        }

        return host.Contains(':') && !host.StartsWith('[') ? $"has a port; that is what {portOption} is for"
            : Uri.CheckHostName(host) == UriHostNameType.Unknown ? "is no host name and no IP address"
            : null;
    }

    public static bool IsLoopback(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
