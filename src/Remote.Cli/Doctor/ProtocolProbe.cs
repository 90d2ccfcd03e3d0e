using System.Net.Security;
using System.Security.Authentication;
using System.Text;

namespace Remote.Cli;

/// <summary>What is spoken at a port.</summary>
internal enum SpokenProtocol
{
    /// <summary>HTTP/2 without TLS, as nodes without TLS speak it.</summary>
    Http2,

    /// <summary>TLS, whatever is inside.</summary>
    Tls,

    /// <summary>HTTP/1.1 only: a web server.</summary>
    Http1,

    /// <summary>Something else.</summary>
    Other,

    /// <summary>Nothing: it closes the connection.</summary>
    Closed,

    /// <summary>Nothing: it takes the connection and is silent.</summary>
    Silent,
}

/// <summary>The outcome of a probe.</summary>
/// <param name="Protocol">What is spoken.</param>
/// <param name="Text">The first words, where they may say more.</param>
internal readonly record struct Spoken(SpokenProtocol Protocol, string Text = "");

/// <summary>Finds out what is spoken at a port by the first bytes of its answer: to the preface of HTTP/2, and, where that says nothing, to TLS.</summary>
internal sealed class ProtocolProbe(NodeSession session)
{
    private const int MaxBytes = 512;
    private const int EnoughBytes = 9;
    private const byte SettingsFrame = 4, AlertRecord = 0x15, LastRecord = 0x17;

    private static ReadOnlySpan<byte> Hello => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0"u8;

    public async Task<Spoken> AskAsync()
    {
        var plain = await BoundedAsync(PlainAsync, new Spoken(SpokenProtocol.Silent));

        // Many servers of TLS close without a word, and web servers complain in HTTP.
        return plain.Protocol is SpokenProtocol.Closed or SpokenProtocol.Silent or SpokenProtocol.Http1
            && await BoundedAsync(TlsAsync, plain) is { Protocol: SpokenProtocol.Tls } secure ? secure : plain;
    }

    /// <summary>What the first bytes of an answer to the preface of HTTP/2 mean. Pure.</summary>
    public static Spoken Judge(ReadOnlySpan<byte> first)
    {
        if (first.Length == 0)
        {
            return new Spoken(SpokenProtocol.Closed);
        }

        if (first[0] == AlertRecord)
        {
            return new Spoken(SpokenProtocol.Tls);
        }

        if (RefusalNote.Read(first, byClient: false) is { } reason)
        {
            return new Spoken(reason.Contains("TLS", StringComparison.Ordinal) ? SpokenProtocol.Tls : SpokenProtocol.Http2, reason);
        }

        var text = SafeText.Cut(SafeText.Of(Encoding.Latin1.GetString(first).Split('\n')[0].Trim()), 60);
        return first.Length >= EnoughBytes && first[3] == SettingsFrame ? new Spoken(SpokenProtocol.Http2)
            : first.StartsWith("HTTP/"u8) ? new Spoken(SpokenProtocol.Http1, text)
            : new Spoken(SpokenProtocol.Other, text);
    }

    private async Task<Spoken> BoundedAsync(Func<Stream, CancellationToken, Task<Spoken>> ask, Spoken otherwise)
    {
        using var timeout = new CancellationTokenSource(session.Settings.Timeout, session.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, session.Cancellation);
        try
        {
            await using var connection = await session.Address.DialAsync(new DialStep(), session.Time, both.Token);
            return await ask(connection, both.Token);
        }
        catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException or Grpc.Core.RpcException)
        {
            return otherwise with { Protocol = otherwise.Protocol == SpokenProtocol.Silent ? SpokenProtocol.Closed : otherwise.Protocol };
        }
        catch (OperationCanceledException) when (!session.Cancellation.IsCancellationRequested)
        {
            return otherwise;
        }
    }

    private static async Task<Spoken> PlainAsync(Stream connection, CancellationToken cancellationToken)
    {
        await connection.WriteAsync(Hello.ToArray(), cancellationToken);
        var first = new byte[MaxBytes];
        var read = await connection.ReadAtLeastAsync(first, EnoughBytes, throwOnEndOfStream: false, cancellationToken);
        return Judge(first.AsSpan(0, read));
    }

    /// <summary>Shakes hands with whatever certificate: the question is only whether TLS is spoken.</summary>
    private static async Task<Spoken> TlsAsync(Stream connection, CancellationToken cancellationToken)
    {
        var first = new FirstBytesStream(connection);
        await using var secure = new SslStream(first);
        try
        {
            await secure.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = static (_, _, _, _) => true }, cancellationToken);
            return new Spoken(SpokenProtocol.Tls);
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException)
        {
            // It may want a certificate of its caller, or another version: TLS all the same.
            return first.First is [>= AlertRecord - 1 and <= LastRecord, 3, ..] ? new Spoken(SpokenProtocol.Tls) : new Spoken(SpokenProtocol.Other);
        }
    }
}
