using System.Net;
using Microsoft.Extensions.Logging;

namespace Remote;

/// <summary>What TLS logs. An entry about a handshake has the address, the reason and the way out; strangers can cause them, so they are limited.</summary>
internal static partial class TlsLog
{
    /// <summary>The ids of the entries that anybody causes who can reach this node: a <see cref="ThrottledLog"/> writes only so many of them.</summary>
    public static IReadOnlyList<int> PerConnection { get; } = [2301, 2302, 2303, 2304];

    [LoggerMessage(2301, LogLevel.Warning, "A connection from {RemoteEndPoint} was turned away: {Reason}. {WayOut}", EventName = "TlsClientRefused")]
    public static partial void ClientRefused(ILogger log, EndPoint? remoteEndPoint, string reason, string wayOut);

    [LoggerMessage(2302, LogLevel.Warning, "No TLS connection to {Address}: {Reason}. {WayOut}", EventName = "TlsDialFailed")]
    public static partial void DialFailed(ILogger log, string address, string reason, string wayOut);

    [LoggerMessage(2303, LogLevel.Warning, "A connection from {RemoteEndPoint} was turned away: it speaks TLS, and this node listens without. Set RemoteOptions.Tls here (options.UseTls), or take it out there", EventName = "TlsToPlainPort")]
    public static partial void TlsToPlainPort(ILogger log, EndPoint? remoteEndPoint);

    [LoggerMessage(2304, LogLevel.Warning, "A node that dials from {RemoteEndPoint} (the port is its outgoing one, not that of its listener) does not accept the certificate of this node and says: {Reason}. {WayOut}", EventName = "TlsRefusedByClient")]
    public static partial void RefusedByClient(ILogger log, EndPoint? remoteEndPoint, string reason, string wayOut);

    [LoggerMessage(2305, LogLevel.Information, "TLS is on: this node shows {Shown}, and believes {Roots}", EventName = "TlsOn")]
    public static partial void On(ILogger log, string shown, string roots);

    [LoggerMessage(2306, LogLevel.Information, "New certificates are in use: this node shows {Shown}, and believes {Roots}. Open connections are replaced one after the other", EventName = "TlsRenewed")]
    public static partial void Renewed(ILogger log, string shown, string roots);

    [LoggerMessage(2307, LogLevel.Error, "What is new cannot be used, the former certificates stay in use ({Certificate}): {Fault}", EventName = "TlsRenewalFailed")]
    public static partial void RenewalFailed(ILogger log, string certificate, string fault);

    [LoggerMessage(2308, LogLevel.Warning, "Peers may turn this node away: {Doubt}", EventName = "TlsCertificateDoubtful")]
    public static partial void CertificateDoubtful(ILogger log, string doubt);

    [LoggerMessage(2309, LogLevel.Warning, "The certificate of this node, {Certificate}, from {Source}, expires in {Rest}: put a new one there, it is taken up by itself", EventName = "TlsCertificateExpires")]
    public static partial void CertificateExpires(ILogger log, string certificate, string source, TimeSpan rest);

    [LoggerMessage(2310, LogLevel.Warning, "{Address} can be reached from other machines, and speaks without TLS: what it is sent, and what it sends, can be read and changed on the way. Set RemoteOptions.Tls (options.UseTls), or listen on 127.0.0.1", EventName = "ListenerWithoutTls")]
    public static partial void ListenerWithoutTls(ILogger log, string address);

    [LoggerMessage(2311, LogLevel.Information, "{Count} open connections were replaced after new certificates came into use", EventName = "TlsConnectionsReplaced")]
    public static partial void ConnectionsReplaced(ILogger log, int count);

    [LoggerMessage(2312, LogLevel.Warning, "{Address} did not come back with the new certificates. The other connections stay as they are for now, and the next one is tried in {Delay}. Does the peer believe the authority of the new certificate ({Certificate})?", EventName = "TlsReplacementHeld")]
    public static partial void ReplacementHeld(ILogger log, string address, TimeSpan delay, string certificate);

    [LoggerMessage(2313, LogLevel.Warning, "Whoever has a certificate of any authority that the operating system believes may connect to {Address}: set RemoteOptions.Tls.TrustedRootsPath to the authority of your nodes, or RemoteOptions.Tls.PeerNames to their names", EventName = "TlsBelievesEverybody")]
    public static partial void BelievesEverybody(ILogger log, string address);
}
