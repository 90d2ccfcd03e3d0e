using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Remote.Cli;

/// <summary>The address of a node, as it is given on the command line: <c>host:port</c> or <c>unix:///path</c>.</summary>
/// <param name="Text">In the spelling that nodes use.</param>
/// <param name="EndPoint">Where to connect.</param>
internal sealed record TargetAddress(string Text, EndPoint EndPoint)
{
    public bool IsUnix => EndPoint is UnixDomainSocketEndPoint;

    /// <summary>The path of a Unix socket.</summary>
    public string Path => Text[PeerAddress.UnixScheme.Length..];

    /// <summary>What a certificate has to name; a Unix socket is on this machine.</summary>
    public string Host => EndPoint is DnsEndPoint host ? host.Host : "localhost";

    public int Port => EndPoint is DnsEndPoint host ? host.Port : 0;

    /// <exception cref="FailureException">It is written wrongly; the message has the right spelling.</exception>
    public static TargetAddress Parse(string text) => TryParse(text, out var fault) is { } address
        ? address
        : throw new FailureException(Failure.Usage($"'{SafeText.Of(text)}' is no address of a node: it {SafeText.Of(fault!)}."));

    /// <param name="text">As it was typed.</param>
    /// <param name="fault">What is wrong, and how to write it, as the end of a sentence that begins with "it".</param>
    public static TargetAddress? TryParse(string text, out string? fault)
    {
        fault = AddressFault.Of(text) is { } wrong ? $"{wrong}{TlsHint(text)}" : FaultOfTarget(text);
        if (fault is not null)
        {
            return null;
        }

        var address = PeerAddress.Canonical(text);
        if (address.StartsWith(PeerAddress.UnixScheme, StringComparison.Ordinal))
        {
            return new TargetAddress(address, new UnixDomainSocketEndPoint(address[PeerAddress.UnixScheme.Length..]));
        }

        var colon = address.LastIndexOf(':');
        var port = int.Parse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture);
        return new TargetAddress(address, new DnsEndPoint(address[..colon].Trim('[', ']'), port));
    }

    /// <summary>Opens a connection, by whichever address of the host answers first.</summary>
    /// <exception cref="SocketException">There is none to a Unix socket.</exception>
    /// <exception cref="Grpc.Core.RpcException">There is none to a host.</exception>
    public ValueTask<Stream> DialAsync(DialStep step, TimeProvider time, CancellationToken cancellationToken) => EndPoint is DnsEndPoint host
        ? new AddressRace(Dns.GetHostAddressesAsync, SocketDial.ConnectAsync, time).ConnectAsync(host, step, cancellationToken)
        : SocketDial.ConnectAsync(EndPoint, cancellationToken);

    public override string ToString() => Text;

    /// <summary>What a node may listen on, and nobody can dial.</summary>
    private static string? FaultOfTarget(string address)
    {
        var colon = address.LastIndexOf(':');
        var host = address[..colon].Trim('[', ']');
        return address.StartsWith(PeerAddress.UnixScheme, StringComparison.Ordinal) || !PeerAddress.IsWildcard(host)
            ? null
            : $"stands for all addresses of a machine and cannot be dialled: write {(host.Contains(':') ? "[::1]" : "127.0.0.1")}{address[colon..]} for this machine";
    }

    private static string TlsHint(string text) =>
        text.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? ", with --tls or --ca FILE for TLS" : "";
}
