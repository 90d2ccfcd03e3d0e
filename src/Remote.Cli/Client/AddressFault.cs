using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Remote.Cli;

/// <summary>What people write in the place of an address, and how it is written right.</summary>
internal static class AddressFault
{
    private const string Forms = "write host:port, as in 10.0.0.7:5070, node1.example:5070 or [::1]:5070, or unix:///path";

    private static readonly string[] Schemes = ["http://", "https://", "grpc://", "tcp://"];

    /// <summary>What is wrong, as the end of a sentence; <see langword="null"/> when it is an address.</summary>
    public static string? Of(string text)
    {
        var trimmed = text.Trim();
        if (trimmed.Length == 0)
        {
            return $"it is empty; {Forms}";
        }

        if (trimmed.Length != text.Length)
        {
            return $"there is white space around it; write {Right(trimmed)}";
        }

        if (Array.Find(Schemes, scheme => text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) is { } scheme)
        {
            var rest = text[scheme.Length..].TrimEnd('/');
            var tls = scheme == "https://" ? ", with --tls or --ca FILE for TLS" : "";
            return $"it is a URL; write {Right(rest)}{tls}";
        }

        return text.StartsWith("unix:", StringComparison.OrdinalIgnoreCase) || text[0] == '/' ? OfUnix(text) : OfHostAndPort(text);
    }

    private static string? OfUnix(string text)
    {
        var path = text.StartsWith("unix:", StringComparison.OrdinalIgnoreCase) ? text["unix:".Length..] : text;
        if (!text.StartsWith("unix:///", StringComparison.Ordinal))
        {
            var bare = path.TrimStart('/');
            return $"a Unix socket has three slashes and a path from the root; write unix:///{(path.StartsWith('/') ? bare : $"full/path/of/{bare}")}";
        }

        return UnixPath.FaultOf(text[PeerAddress.UnixScheme.Length..]) is { } fault ? $"its path {fault}" : null;
    }

    private static string? OfHostAndPort(string text)
    {
        if (text.EndsWith('/'))
        {
            return $"it ends with a slash; write {Right(text.TrimEnd('/'))}";
        }

        if (IsBareIPv6(text, out var bracketed))
        {
            return $"an IPv6 address needs brackets in front of its port; write {bracketed}";
        }

        var colon = text.LastIndexOf(':');
        if (colon < 0 || text.EndsWith(']') || colon == text.Length - 1)
        {
            return $"it has no port; write {text.TrimEnd(':')}:PORT, with the port of the node";
        }

        if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is 0 or > 65_535)
        {
            return $"'{text[(colon + 1)..]}' is no port that can be dialled; a port is a number from 1 to 65535";
        }

        var host = text[..colon];
        return host.Length == 0 ? $"it has no host; write 127.0.0.1:{port} for this machine"
            : PeerAddress.IsWildcard(host.Trim('[', ']')) ? $"'{host}' stands for all addresses of a machine and cannot be dialled; "
                + $"write {(host.Contains(':') ? "[::1]" : "127.0.0.1")}:{port} for this machine"
            : PeerAddress.IsValid(text) ? null
            : $"'{host}' is no host name and no IP address; {Forms}";
    }

    /// <summary>Two colons or more and no brackets: only an IPv6 address has that. What is behind the last one was meant as the port, mostly.</summary>
    private static bool IsBareIPv6(string text, out string bracketed)
    {
        bracketed = "";
        var colon = text.LastIndexOf(':');
        if (text.StartsWith('[') || colon <= 0 || text.IndexOf(':', StringComparison.Ordinal) == colon)
        {
            return false;
        }

        var isPort = int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65_535;
        var host = text[..colon];
        bracketed = isPort && IsIPv6(host) ? $"[{host}]:{port}" : $"[{text}]:PORT";
        return IsIPv6(text) || (isPort && IsIPv6(host));
    }

    private static bool IsIPv6(string text) => IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6;

    private static string Right(string text) => Of(text) is null ? text : "host:port";
}
