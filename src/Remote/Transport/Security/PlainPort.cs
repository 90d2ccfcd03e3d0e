using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Remote;

/// <summary>
/// On a listener without TLS: a peer that begins a handshake is told, and logged, what it has come to. Kestrel would say that the preface of HTTP/2 is
/// not valid.
/// </summary>
internal sealed class PlainPort(ConnectionDelegate next, TimeProvider time, ILogger log)
{
    public async Task OnConnectionAsync(ConnectionContext connection)
    {
        var first = await FirstBytes.PeekAsync(connection.Transport.Input, connection, 1).ConfigureAwait(false);
        if (first.Length == 0)
        {
            return;
        }

        if (!HandshakeFailure.IsTls(first))
        {
            await next(connection).ConfigureAwait(false);
            return;
        }

        TlsLog.TlsToPlainPort(log, connection.RemoteEndPoint);
        try
        {
            // No TLS, and that is what the other side understands of it.
            await connection.Transport.Output.WriteAsync(RefusalNote.Of("this port speaks without TLS", byClient: false)).ConfigureAwait(false);
            await FirstBytes.DrainAsync(connection, time).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException or OperationCanceledException)
        {
            // It did not wait for the answer.
        }
    }
}
