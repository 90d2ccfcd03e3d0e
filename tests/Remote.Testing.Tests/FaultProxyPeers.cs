using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Remote.Testing.Tests;

/// <summary>A proxy with a plain socket server behind it.</summary>
internal sealed class FaultProxyPeers : IAsyncDisposable
{
    public static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Stream> _streams = [];

    public FaultProxyPeers(TimeProvider? time = null, int bufferBytes = 256 * 1024)
    {
        _listener.Start();
        Proxy = FaultProxy.Start(Target, new FaultProxyOptions { TimeProvider = time ?? TimeProvider.System, BufferBytes = bufferBytes });
    }

    public FaultProxy Proxy { get; }

    public string Target => _listener.LocalEndpoint.ToString()!;

    /// <summary>Connects through the proxy and accepts behind it.</summary>
    public async Task<(Stream Client, Stream Server)> ConnectAsync() => (await DialAsync(), await AcceptAsync());

    public async Task<Stream> DialAsync()
    {
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, Proxy.Port).WaitAsync(Ceiling);
        return Keep(client);
    }

    /// <summary>Dials and expects a reset, which may be there before the dial has completed.</summary>
    public async Task ExpectRefusalAsync()
    {
        Stream client;
        try
        {
            client = await DialAsync();
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            return;
        }

        await client.ExpectResetAsync();
    }

    public async Task<Stream> AcceptAsync() => Keep(await _listener.AcceptSocketAsync().WaitAsync(Ceiling));

    public Task<Socket> AcceptSocketAsync() => _listener.AcceptSocketAsync();

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync().AsTask().WaitAsync(Ceiling);
        foreach (var stream in _streams)
        {
            await stream.DisposeAsync();
        }

        _listener.Dispose();
    }

    private NetworkStream Keep(Socket socket)
    {
        var stream = new NetworkStream(socket, ownsSocket: true);
        _streams.Add(stream);
        return stream;
    }
}

internal static class StreamText
{
    public static Task SendAsync(this Stream stream, string text) =>
        stream.WriteAsync(Encoding.ASCII.GetBytes(text)).AsTask().WaitAsync(FaultProxyPeers.Ceiling);

    /// <summary>Reads as many bytes as the text has and compares.</summary>
    public static async Task ExpectAsync(this Stream stream, string text)
    {
        var buffer = new byte[text.Length];
        await stream.ReadExactlyAsync(buffer).AsTask().WaitAsync(FaultProxyPeers.Ceiling);
        Assert.Equal(text, Encoding.ASCII.GetString(buffer));
    }

    public static async Task ExpectEndAsync(this Stream stream) =>
        Assert.Equal(0, await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(FaultProxyPeers.Ceiling));

    /// <summary>Expects a reset, whatever is read before it.</summary>
    public static async Task ExpectResetAsync(this Stream stream)
    {
        var error = await Assert.ThrowsAsync<IOException>(async () =>
        {
            var buffer = new byte[4096];
            while (await stream.ReadAsync(buffer).AsTask().WaitAsync(FaultProxyPeers.Ceiling) > 0)
            {
            }
        });
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
    }
}
