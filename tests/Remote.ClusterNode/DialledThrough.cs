using System.Net;
using System.Net.Sockets;

namespace Remote.ClusterNode;

/// <summary>Opens the connections of a member through proxies, one for each of the others, so that a test can cut it off in this direction too.</summary>
/// <param name="ways">The address of the proxy by the address that is dialled, both <c>host:port</c>.</param>
internal sealed class DialledThrough(IReadOnlyDictionary<string, string> ways)
{
    public async ValueTask<Stream> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        var target = endPoint switch
        {
            DnsEndPoint dns => FormattableString.Invariant($"{dns.Host}:{dns.Port}"),
            _ => endPoint.ToString()!,
        };
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPEndPoint.Parse(ways.GetValueOrDefault(target, target)), cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
