using System.Globalization;

namespace Remote;

/// <summary>Why a handshake of TLS did not come to its end: what the platform says of it is rarely what somebody has to know.</summary>
internal static class HandshakeFailure
{
    /// <summary>How many bytes of a connection are kept for this: a record, and the beginning of a hello in it.</summary>
    public const int FirstBytes = 11;

    private const byte Alert = 21;
    private const byte Handshake = 22;
    private const byte LastRecordType = 23;
    private const byte FirstRecordType = 20;
    private const int Tls12 = 0x0303;

    private const string Update = "Only TLS 1.2 and 1.3 are spoken here: update it.";

    /// <summary>Whether the first bytes of a connection may be TLS.</summary>
    public static bool IsTls(ReadOnlySpan<byte> first) => first.Length > 0 && first[0] == Handshake;

    /// <summary>At the side that was dialled.</summary>
    /// <param name="exception">What the platform threw.</param>
    /// <param name="hello">The first bytes of the peer.</param>
    /// <param name="certificate">The one that this node shows, and where it is from.</param>
    public static TlsFault AtServer(Exception exception, ReadOnlySpan<byte> hello, string certificate) =>
        IsOld(hello) ? new TlsFault("it offers TLS 1.1 at the most", Update)
        : IsEnd(exception) ? new TlsFault(
            "it ended the connection in the middle of the TLS handshake",
            $"If it is a node, and does so again, it does not accept the certificate of this one ({certificate}), and says why in its own log.")
        : new TlsFault(
            $"its TLS handshake failed ({Innermost(exception)})",
            $"If that is an alert about a certificate, the peer does not accept the one of this node ({certificate}), and says why in its own log.");

    /// <summary>At the side that dialled.</summary>
    /// <param name="exception">What the platform threw.</param>
    /// <param name="answer">The first bytes of the peer.</param>
    /// <param name="certificate">The one that this node shows, and where it is from.</param>
    public static TlsFault AtClient(Exception exception, ReadOnlySpan<byte> answer, string certificate)
    {
        if (answer.Length > 0 && answer[0] is < FirstRecordType or > LastRecordType)
        {
            return new TlsFault(
                "it answered the TLS handshake with something else than TLS",
                "A node there listens without TLS: set RemoteOptions.Tls there too (options.UseTls). Or something else listens at that address.");
        }

        if (answer.Length >= 7 && answer[0] == Alert)
        {
            return OfAlert(answer[6], certificate);
        }

        return IsOld(answer) ? new TlsFault("it offers TLS 1.1 at the most", Update)
            : IsEnd(exception) ? new TlsFault(
                "it ended the connection in the middle of the TLS handshake",
                $"Does a node listen there, with TLS? It may also not accept the certificate of this one ({certificate}), and says so in its own log.")
            : new TlsFault(
                $"the TLS handshake failed ({Innermost(exception)})", $"What the peer says of it is in its own log; this node shows {certificate}.");
    }

    /// <summary>A server of TLS 1.3 that does not like a certificate ends the connection when the dialling side believes that it stands.</summary>
    public static TlsFault RightAfter(Exception? exception, string certificate) => new(
        "it ended the connection right after the TLS handshake" + (exception is null ? "" : $" ({Innermost(exception)})"),
        $"If it does so again, it does not accept the certificate of this node ({certificate}), and says why in its own log.");

    private static TlsFault OfAlert(byte alert, string certificate) => alert switch
    {
        70 => new TlsFault("it speaks neither TLS 1.2 nor TLS 1.3 (alert protocol_version)", Update),
        40 => new TlsFault(
            "it found nothing in common with this node (alert handshake_failure)",
            "Cipher suites and kinds of keys of the two must meet: see the system's OpenSSL configuration."),
        120 => new TlsFault("it does not speak HTTP/2 over TLS (alert no_application_protocol)", "Does something else than a node listen there?"),
        _ => new TlsFault(
            string.Create(CultureInfo.InvariantCulture, $"it ended the TLS handshake with alert {alert}"),
            $"If that is about a certificate (42 to 49, 116), it does not accept the one of this node ({certificate}), and says why in its own log."),
    };

    // In a hello, behind its record and its own header. TLS 1.3 has the number of 1.2 there.
    private static bool IsOld(ReadOnlySpan<byte> first) => first.Length >= FirstBytes && first[0] == Handshake && ((first[9] << 8) | first[10]) < Tls12;

    private static bool IsEnd(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is System.Net.Sockets.SocketException or Microsoft.AspNetCore.Connections.ConnectionResetException or EndOfStreamException
                || (e is IOException && e.InnerException is null))
            {
                return true;
            }
        }

        return false;
    }

    private static string Innermost(Exception exception)
    {
        var e = exception;
        while (e.InnerException is not null)
        {
            e = e.InnerException;
        }

        return PrintableText.Of(e.Message.TrimEnd('.'));
    }
}
