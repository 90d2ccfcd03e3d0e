using System.Net;
using System.Net.Sockets;
using Proto.Remote;

namespace Remote;

/// <summary>Chooses among the addresses that the application's web server listens on the one that peers are told.</summary>
internal static class BoundAddresses
{
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(2);

    // What a client of HTTP/2 says first, and an empty frame of settings behind it.
    private static readonly byte[] Preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0];

    /// <summary>The address as <c>host:port</c> or <c>unix:///path</c>.</summary>
    /// <param name="bound">The URLs of the server.</param>
    /// <param name="config">May choose among them.</param>
    /// <param name="time">Bounds the question whether an address speaks HTTP/2.</param>
    /// <param name="isSecure">Whether peers dial with TLS.</param>
    /// <exception cref="RemoteException">None of them speaks HTTP/2, with or without TLS as peers do.</exception>
    public static async Task<string> ChooseAsync(ICollection<string> bound, RemoteConfig config, TimeProvider time, bool isSecure = false)
    {
        if (bound.Count == 0)
        {
            throw new RemoteException(
                RemoteError.BindFailed, "The web server of this application listens nowhere; MapRemote needs an HTTP/2 endpoint.");
        }

        List<string> possible = [];
        List<string> silent = [];
        var scheme = isSecure ? "https://" : "http://";
        foreach (var url in bound.Where(url => url.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)))
        {
            var address = AddressOf(url);
            if (isSecure)
            {
                // With TLS the two sides find out about HTTP/2 by themselves.
                possible.Add(address);
                continue;
            }

            switch (await SpeaksHttp2Async(address, time).ConfigureAwait(false))
            {
                case true:
                    possible.Add(address);
                    break;
                case null:
                    silent.Add(address);
                    break;
            }
        }

        // A machine that is busy may answer late, and whoever said nothing has not said no.
        possible = possible.Count > 0 ? possible : silent;

        return possible switch
        {
            [] => throw new RemoteException(
                RemoteError.BindFailed,
                $"The web server of this application listens on {string.Join(", ", bound)}, and none of these speaks HTTP/2 "
                + $"{(isSecure ? "with" : "without")} TLS: "
                + (isSecure ? "call UseHttps on one of its endpoints, for this node dials with TLS." : "give one of its endpoints Protocols = Http2.")),
            _ => Chosen(possible, config) ?? possible[0],
        };
    }

    private static string? Chosen(List<string> possible, RemoteConfig config)
    {
        Uri[] uris = [.. possible.Where(address => !address.StartsWith(PeerAddress.UnixScheme, StringComparison.Ordinal)).Select(Uri)];

        // Not its Authority, which leaves out port 80.
        return uris.Length > 0 && config.UriChooser?.Invoke(uris) is { } chosen ? PeerAddress.Of(chosen.Host, chosen.Port) : null;
    }

    private static Uri Uri(string address) => new($"http://{address}");

    private static string AddressOf(string url)
    {
        var authority = url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..].TrimEnd('/');
        return authority.StartsWith("unix:", StringComparison.Ordinal) ? PeerAddress.UnixScheme + authority["unix:".Length..] : authority;
    }

    /// <summary>
    /// Which protocols an endpoint speaks Kestrel tells nobody but its clients. <see langword="null"/> when it did not say so in time.
    /// </summary>
    private static async Task<bool?> SpeaksHttp2Async(string address, TimeProvider time)
    {
        using var late = new CancellationTokenSource(ProbeTimeout, time);
        try
        {
            using var socket = await ConnectAsync(address, late.Token).ConfigureAwait(false);
            await socket.SendAsync(Preface, late.Token).ConfigureAwait(false);
            var answer = new byte[4];
            var read = 0;
            for (var more = -1; more != 0 && read < answer.Length; read += more)
            {
                more = await socket.ReceiveAsync(answer.AsMemory(read), late.Token).ConfigureAwait(false);
            }

            // A frame begins with three bytes of length and its kind: 4 is settings. A server of HTTP/1.1 answers with text, or not at all.
            return read == answer.Length && answer[3] == 4;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (Exception exception) when (exception is SocketException or FormatException)
        {
            return false;
        }
    }

    private static async Task<Socket> ConnectAsync(string address, CancellationToken cancellationToken)
    {
        if (address.StartsWith(PeerAddress.UnixScheme, StringComparison.Ordinal))
        {
            var unix = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await unix.ConnectAsync(new UnixDomainSocketEndPoint(address[PeerAddress.UnixScheme.Length..]), cancellationToken).ConfigureAwait(false);
            return unix;
        }

        var uri = Uri(address);
        var host = uri.IdnHost.Trim('[', ']');
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);

        // What listens on all addresses listens on loopback too.
        EndPoint target = PeerAddress.IsWildcard(host) ? new IPEndPoint(IPAddress.Loopback, uri.Port) : new DnsEndPoint(host, uri.Port);
        await socket.ConnectAsync(target, cancellationToken).ConfigureAwait(false);
        return socket;
    }
}
