using System.Globalization;
using System.Net;

namespace Remote;

/// <summary>What is wrong with an address that people wrote, in words that say what to write instead. Pure.</summary>
internal static class AddressFault
{
    private const string Form = "write host:port, such as node1.example.com:4000";

    /// <summary>
    /// What is wrong with an address, as the rest of a sentence that begins with "it"; <see langword="null"/> when it can be dialled.
    /// </summary>
    public static string? Of(string address)
    {
        if (address.StartsWith(PeerAddress.UnixScheme, StringComparison.Ordinal))
        {
            return OfUnix(address[PeerAddress.UnixScheme.Length..]);
        }

        var colon = address.LastIndexOf(':');
        if (colon > 0
            && IsPort(address.AsSpan(colon + 1))
            && (address[0] == '[' ? IsBracketed(address[..colon]) : address.IndexOf(':') == colon && IsHost(address[..colon])))
        {
            return null;
        }

        return OfText(address) ?? (address.StartsWith('[') ? OfBracketed(address) : OfPlain(address, colon));
    }

    private static string? OfUnix(string path) => UnixPath.FaultOf(path) is { } fault
        ? path is ['\0' or '@' or '/', ..] or "" ? fault : $"{fault}: write {PeerAddress.UnixScheme}/{path}"
        : path.StartsWith('/') ? null : "is neither host:port nor unix:///path";

    /// <summary>What is no part of any address.</summary>
    private static string? OfText(string address)
    {
        if (address.StartsWith('/') || address.StartsWith("unix:", StringComparison.OrdinalIgnoreCase))
        {
            var path = address.StartsWith('/') ? address : address["unix:".Length..];
            return $"is the path of a Unix socket: write unix:///{(path.StartsWith('/') ? "" : "full/path/of/")}{path.TrimStart('/')}";
        }

        if (address.Any(char.IsWhiteSpace))
        {
            return $"has a space in it{Right(address, address.Trim())}";
        }

        var scheme = address.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
        {
            return address.Contains('/') ? $"has a '/' in it{Right(address, address.TrimEnd('/'))}" : null;
        }

        var rest = address[(scheme + 3)..];
        return $"is a URL{Right(address, rest.IndexOf('/') is >= 0 and var slash ? rest[..slash] : rest)}";
    }

    /// <summary>What is left without the fault, if it is an address then.</summary>
    private static string Right(string address, string rest) =>
        rest.Length < address.Length && Of(rest) is null ? $": write {rest}" : $"; {Form}";

    private static string OfBracketed(string address)
    {
        var end = address.IndexOf(']');
        return end < 0 ? $"has '[' without ']'; {Form}, or [::1]:4000"
            : !IsBracketed(address[..(end + 1)]) ? $"has brackets around what is no IPv6 address; {Form}"
            : OfPort(address[..(end + 1)], address[(end + 1)..]);
    }

    private static string OfPlain(string address, int colon)
    {
        if (address.IndexOf(':') != colon)
        {
            // Whether the last part is its port or belongs to it nobody can tell; who wrote it meant one of the two.
            return IsIPv6(address[..colon]) && IsPort(address.AsSpan(colon + 1))
                ? $"is an IPv6 address without brackets: write [{address[..colon]}]{address[colon..]}"
                : IsIPv6(address) ? $"is an IPv6 address without brackets, and has no port: write [{address}]:PORT"
                : $"has more than one ':'; {Form}, or [::1]:4000";
        }

        return address.Length == 0 ? $"is empty; {Form}"
            : colon < 0 ? OfPort(address, "")
            : colon == 0 ? IsPort(address.AsSpan(1)) ? $"has no host: write 127.0.0.1{address} for this machine" : $"has no host; {Form}"
            : !IsPort(address.AsSpan(colon + 1)) ? OfPort(address[..colon], address[colon..])
            : $"has the host '{address[..colon]}', which is no host name and no IP address";
    }

    /// <param name="host">What stands before the port.</param>
    /// <param name="rest">What follows it, from the colon on.</param>
    private static string OfPort(string host, string rest) => rest.Length < 2 || rest[0] != ':'
        ? $"has no port: write {host}:PORT, with the port of the node"
        : $"has the port '{rest.TrimStart(':')}'; a port is a number from 1 to 65535";

    private static bool IsPort(ReadOnlySpan<char> port) =>
        int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 65535;

    private static bool IsHost(string host) => Uri.CheckHostName(host) is not (UriHostNameType.Unknown or UriHostNameType.IPv6);

    private static bool IsBracketed(string host) => host is ['[', .. var inside, ']'] && IsIPv6(inside);

    private static bool IsIPv6(string host) => !host.Contains('[') && host.Contains(':') && IPAddress.TryParse(host, out _);
}
