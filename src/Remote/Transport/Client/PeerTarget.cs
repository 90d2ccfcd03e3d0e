using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Remote;

/// <summary>Where a peer is dialled.</summary>
/// <param name="EndPoint">A <see cref="DnsEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>.</param>
/// <param name="Authority">What the request names as its host.</param>
internal sealed record PeerTarget(EndPoint EndPoint, string Authority)
{
    /// <summary>The name or the address of the host; a Unix socket is on this one.</summary>
    public string Host => EndPoint is DnsEndPoint dns ? dns.Host : Authority;

    /// <exception cref="RemoteException">It is no address.</exception>
    public static PeerTarget Parse(string address)
    {
        if (!PeerAddress.IsValid(address))
        {
            var message = $"'{UnixPath.Show(address)}' is no address of a peer (host:port, [ipv6]:port or unix:///path): it {AddressFault.Of(address)}.";
            throw new RemoteException(RemoteError.InvalidAddress, message) { Address = address };
        }

        if (address.StartsWith(PeerAddress.UnixScheme, StringComparison.Ordinal))
        {
            return new PeerTarget(new UnixDomainSocketEndPoint(address[PeerAddress.UnixScheme.Length..]), "localhost");
        }

        var colon = address.LastIndexOf(':');
        var port = int.Parse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture);
        return new PeerTarget(new DnsEndPoint(address[..colon].Trim('[', ']'), port), address);
    }
}
