using System.Net;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Remote;

/// <summary>Who calls, by what the connection, the request and an earlier handshake on the same connection say.</summary>
internal static class Callers
{
    // By a feature that each connection has one of. An entry goes with its connection.
    private static readonly ConditionalWeakTable<IConnectionLifetimeFeature, PeerIdentity> Known = [];

    /// <summary>The caller of a request. Valid on, when the request is over.</summary>
    public static RemotePeer Of(HttpContext http, ServerCallContext call) => Of(http, call.RequestHeaders);

    /// <summary>The caller of a request that is no gRPC call, a browser for example.</summary>
    public static RemotePeer Of(HttpContext http) => Of(http, MetadataOf(http.Request.Headers));

    private static RemotePeer Of(HttpContext http, Metadata headers)
    {
        var (connection, known) = (http.Connection, KnownOn(http));
        return new RemotePeer
        {
            SystemId = known?.SystemId,
            Address = known?.Address,
            IsClient = known?.IsClient ?? false,
            RemoteEndPoint = connection.RemoteIpAddress is { } address ? new IPEndPoint(address, connection.RemotePort) : null,
            IsLocal = connection.RemoteIpAddress is not { } from || IPAddress.IsLoopback(from),
            Certificate = connection.ClientCertificate,
            UserId = UnixPeer.Of(http.Features)?.UserId,
            User = http.User.Identity?.IsAuthenticated == true ? http.User : null,
            Headers = headers,
        };
    }

    /// <summary>The caller of a stream has shaken hands: other calls on the same connection are its calls too.</summary>
    public static void Remember(HttpContext http, PeerIdentity identity)
    {
        if (http.Features.Get<IConnectionLifetimeFeature>() is { } connection)
        {
            Known.AddOrUpdate(connection, identity);
        }
    }

    private static PeerIdentity? KnownOn(HttpContext http) =>
        http.Features.Get<IConnectionLifetimeFeature>() is { } connection && Known.TryGetValue(connection, out var known) ? known : null;

    // Names of headers may have more characters than those of metadata, and what ends in -bin is bytes there.
    private static Metadata MetadataOf(IHeaderDictionary headers)
    {
        var metadata = new Metadata();
        foreach (var (name, values) in headers)
        {
            if (name.EndsWith(Metadata.BinaryHeaderSuffix, StringComparison.OrdinalIgnoreCase)
                || !name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.'))
            {
                continue;
            }

            foreach (var value in values)
            {
                metadata.Add(name, value ?? "");
            }
        }

        return metadata;
    }
}
