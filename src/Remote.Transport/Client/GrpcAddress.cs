using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Remote.Transport;

/// <summary>Where a client connects: <c>host:port</c>, <c>unix:///path</c>, or an http or https URI.</summary>
internal sealed class GrpcAddress
{
    private const string UnixPrefix = "unix://";

    private GrpcAddress(EndPoint endPoint, string authority, bool isHttps)
    {
        EndPoint = endPoint;
        Authority = authority;
        IsHttps = isHttps;
    }

    public EndPoint EndPoint { get; }

    public string Authority { get; }

    public bool IsHttps { get; }

    public static GrpcAddress Parse(string address, bool preferTls)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        if (address.StartsWith(UnixPrefix, StringComparison.Ordinal))
        {
            string path = address[UnixPrefix.Length..];
            return path.StartsWith('/')
                ? new GrpcAddress(new UnixDomainSocketEndPoint(path), "localhost", preferTls)
                : throw Invalid(address);
        }

        bool isHttps = address.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        bool isHttp = address.StartsWith("http://", StringComparison.OrdinalIgnoreCase);
        string authority = isHttps ? address[8..].TrimEnd('/') : isHttp ? address[7..].TrimEnd('/') : address;
        int? defaultPort = isHttps ? 443 : isHttp ? 80 : null;
        (string host, int port) = Split(authority, defaultPort, address);
        return new GrpcAddress(new DnsEndPoint(host, port), authority, isHttps || (preferTls && !isHttp));
    }

    private static (string Host, int Port) Split(string authority, int? defaultPort, string address)
    {
        int bracket = authority.LastIndexOf(']');
        int colon = authority.IndexOf(':', bracket + 1);
        string host = (colon < 0 ? authority : authority[..colon]).TrimStart('[').TrimEnd(']');
        int port = colon < 0
            ? defaultPort ?? throw Invalid(address)
            : int.TryParse(authority.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int parsed) && parsed is > 0 and <= 65535
                ? parsed
                : throw Invalid(address);
        return host.Length > 0 && host.IndexOfAny(['/', '@', '?', '#', ' ']) < 0 ? (host, port) : throw Invalid(address);
    }

    private static ArgumentException Invalid(string address) =>
        new($"'{address}' is no address: expected host:port, [ipv6]:port, unix:///path, or an http or https URI without a path.", nameof(address));
}
