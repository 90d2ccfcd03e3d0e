using System.Net;
using System.Security.Claims;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;

namespace Remote;

/// <summary>A peer, or a caller of diagnostics or administration, as the hooks of authorization see it. Immutable.</summary>
public sealed record RemotePeer
{
    /// <summary>
    /// Its incarnation, by its own words; <see langword="null"/> for a caller that has opened no stream on the same connection, such as a command-line
    /// tool.
    /// </summary>
    public string? SystemId { get; init; }

    /// <summary>
    /// The address that it says it listens on, or <c>$client/id</c>; <see langword="null"/> for a caller that has opened no stream on the same
    /// connection.
    /// </summary>
    public string? Address { get; init; }

    /// <summary>Whether it is a node without a listener.</summary>
    public bool IsClient { get; init; }

    /// <summary>Whether this node opened the connection: a node without a listener gets messages on streams that it opened itself.</summary>
    public bool IsDialled { get; init; }

    /// <summary>
    /// Where the connection comes from; <see langword="null"/> over a Unix socket or a network in memory. Behind a proxy it is the proxy, unless the
    /// application has ASP.NET Core's forwarded headers on.
    /// </summary>
    public IPEndPoint? RemoteEndPoint { get; init; }

    /// <summary>Whether the connection comes over loopback, a Unix socket or a network in memory. A proxy on this machine makes everybody local.</summary>
    public bool IsLocal { get; init; }

    /// <summary>
    /// The certificate that it has shown, which TLS has found to be valid; <see langword="null"/> without TLS, or when it showed none.
    /// </summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>The user that its process runs as, over a Unix socket on Linux; otherwise <see langword="null"/>.</summary>
    public uint? UserId { get; init; }

    /// <summary>Whom ASP.NET Core's authentication found in the request; <see langword="null"/> when it found nobody.</summary>
    public ClaimsPrincipal? User { get; init; }

    /// <summary>
    /// The metadata of the call: tokens, for example. Never logged; <see cref="AccessPolicy.SharedSecret"/> has its secret in it.
    /// </summary>
    public Metadata Headers { get; init; } = Metadata.Empty;

    /// <summary>Address and origin, for logs.</summary>
    public override string ToString()
    {
        var origin = RemoteEndPoint?.ToString() ?? (IsDialled ? "dialled" : "local");
        return Address is null ? $"a caller ({origin})" : $"{Address} ({origin})";
    }
}
