using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>One frame of HTTP/2.</summary>
internal sealed record Http2Frame(byte Type, byte Flags, int Stream, byte[] Payload);

/// <summary>
/// A connection that speaks HTTP/2 frame by frame, as either side, with one stream on it: so that a test says exactly what comes, and when.
/// </summary>
internal sealed class Http2Wire(Stream stream, Socket socket) : IDisposable
{
    public const byte Data = 0, Headers = 1, Reset = 3, Settings = 4, Ping = 6, GoAway = 7;

    private const int HeaderBytes = 9, TheStream = 1;
    private const byte EndStream = 1, EndHeaders = 4, Acknowledged = 1;

    private static readonly byte[] Preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8];

    // No table of headers, so that they come as they are.
    private static readonly byte[] NoHeaderTable = [0, 1, 0, 0, 0, 0];

    private readonly SemaphoreSlim _writing = new(1);

    /// <summary>Whether pings are answered.</summary>
    public bool AnswersPings { get; set; } = true;

    /// <summary>Connects as a client.</summary>
    public static async Task<Http2Wire> ConnectAsync(string address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPEndPoint.Parse(address)).Within("a connection");
        var wire = new Http2Wire(new NetworkStream(socket), socket);
        await wire.WriteAsync(Preface);
        await wire.FrameAsync(Settings, 0, 0, NoHeaderTable);
        return wire;
    }

    /// <summary>Takes a client's preface, as a server.</summary>
    public static async Task<Http2Wire> AcceptAsync(Socket socket)
    {
        socket.NoDelay = true;
        var wire = new Http2Wire(new NetworkStream(socket), socket);
        await wire._stream.ReadExactlyAsync(new byte[Preface.Length]).AsTask().Within("the preface");
        await wire.FrameAsync(Settings, 0, 0, []);
        return wire;
    }

    private readonly Stream _stream = stream;

    /// <summary>Opens the stream as a gRPC client does.</summary>
    public Task OpenAsync(string target = "/remote.Remoting/Receive", params (string Name, string Value)[] headers) => FrameAsync(
        Headers, EndHeaders, TheStream,
        [
            0x83, 0x86, .. Literal(":path", target), .. Literal(":authority", "test"), .. Literal("content-type", "application/grpc"), .. Literal("te", "trailers"),
            .. headers.SelectMany(header => Literal(header.Name, header.Value)),
        ]);

    /// <summary>The headers of a response.</summary>
    public Task HeadersAsync(int status, params (string Name, string Value)[] headers) => RespondAsync(status, false, "application/grpc", headers);

    /// <summary>Headers that are the whole response.</summary>
    public Task HeadersOnlyAsync(int status, string contentType, params (string Name, string Value)[] headers) =>
        RespondAsync(status, true, contentType, headers);

    public Task DataAsync(byte[] bytes, bool end = false) => FrameAsync(Data, end ? EndStream : (byte)0, TheStream, bytes);

    public Task TrailersAsync(params (string Name, string Value)[] headers) =>
        FrameAsync(Headers, EndHeaders | EndStream, TheStream, [.. headers.SelectMany(header => Literal(header.Name, header.Value))]);

    public Task ResetAsync(uint code) => FrameAsync(Reset, 0, TheStream, Number(code));

    public Task GoAwayAsync(uint code, int last) => FrameAsync(GoAway, 0, 0, [.. Number((uint)last), .. Number(code)]);

    /// <summary>Ends the connection: in good order, or by a reset.</summary>
    public void Kill(bool reset)
    {
        if (reset)
        {
            socket.LingerState = new LingerOption(true, 0);
        }

        socket.Dispose();
    }

    /// <summary>The next frame. Settings and pings are answered on the way. Nothing at the end of the connection.</summary>
    public async Task<Http2Frame?> ReadAsync()
    {
        try
        {
            var header = new byte[HeaderBytes];
            await _stream.ReadExactlyAsync(header);
            var payload = new byte[BinaryPrimitives.ReadUInt32BigEndian(header) >> 8];
            await _stream.ReadExactlyAsync(payload);
            var frame = new Http2Frame(header[3], header[4], BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)), payload);
            if ((frame.Flags & Acknowledged) == 0 && (frame.Type == Settings || (frame.Type == Ping && AnswersPings)))
            {
                await FrameAsync(frame.Type, Acknowledged, 0, frame.Type == Ping ? payload : []);
            }

            return frame;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            return null;
        }
    }

    /// <summary>Reads until there were so many bytes of data.</summary>
    public async Task ReadDataAsync(int bytes)
    {
        while (bytes > 0)
        {
            var frame = await ReadAsync().Within($"{bytes} bytes of data") ?? throw new EndOfStreamException($"The connection ended with {bytes} bytes to come.");
            bytes -= frame.Type == Data ? frame.Payload.Length : 0;
        }
    }

    /// <summary>Reads until a frame of this type.</summary>
    public async Task<Http2Frame> ReadUntilAsync(byte type)
    {
        while (true)
        {
            var frame = await ReadAsync().Within($"a frame of type {type}") ?? throw new EndOfStreamException($"The connection ended without a frame of type {type}.");
            if (frame.Type == type)
            {
                return frame;
            }
        }
    }

    /// <summary>Reads to the end of the response; what the last headers say.</summary>
    public async Task<Dictionary<string, string>> ReadTrailersAsync()
    {
        while (true)
        {
            var frame = await ReadUntilAsync(Headers);
            if ((frame.Flags & EndStream) != 0)
            {
                return Decode(frame.Payload);
            }
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        socket.Dispose();
    }

    public async Task FrameAsync(byte type, byte flags, int stream, byte[] payload)
    {
        byte[] header = [(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, .. Number((uint)stream)];
        await WriteAsync([.. header, .. payload]);
    }

    private Task RespondAsync(int status, bool isAll, string contentType, (string Name, string Value)[] headers)
    {
        byte[] block =
        [
            .. Literal(":status", status.ToString(CultureInfo.InvariantCulture)), .. Literal("content-type", contentType),
            .. headers.SelectMany(header => Literal(header.Name, header.Value)),
        ];
        return FrameAsync(Headers, (byte)(isAll ? EndHeaders | EndStream : EndHeaders), TheStream, block);
    }

    private async Task WriteAsync(byte[] bytes)
    {
        await _writing.WaitAsync();
        try
        {
            await _stream.WriteAsync(bytes).AsTask().Within("a write");
        }
        finally
        {
            _writing.Release();
        }
    }

    private static byte[] Number(uint value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    /// <summary>A header that goes into no table.</summary>
    private static byte[] Literal(string name, string value) => [0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];

    /// <summary>Headers with names and values of their own; those out of the static table have no name here.</summary>
    private static Dictionary<string, string> Decode(ReadOnlySpan<byte> block)
    {
        Dictionary<string, string> headers = [];
        for (var at = 0; at < block.Length;)
        {
            var first = block[at];
            if ((first & 0xE0) == 0x20 || (first & 0x80) != 0)
            {
                // A size of the table, or a header that is in the static one.
                at++;
                continue;
            }

            var index = first & 0x0F;
            at += index == 15 ? 2 : 1;
            var name = index == 0 ? Text(block, ref at) : $"#{index}";
            headers[name] = Text(block, ref at);
        }

        return headers;
    }

    private static string Text(ReadOnlySpan<byte> block, ref int at)
    {
        var length = block[at++] & 0x7F;
        if (length == 0x7F)
        {
            length += block[at++];
        }

        at += length;
        return Encoding.ASCII.GetString(block.Slice(at - length, length));
    }
}

/// <summary>A server that speaks HTTP/2 frame by frame: each connection is taken up to the first message of its stream, and then to the script.</summary>
internal sealed class PlayedHttp2 : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Http2Wire> _wires = [];
    private readonly EventProbe _frames = new();
    private Task _accepting = Task.CompletedTask;
    private int _connections;

    public string Address => _listener.LocalEndpoint.ToString()!;

    /// <summary>How many connections there were.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <param name="script">What it does after the first message.</param>
    /// <param name="configure">Is told of each connection before anything is read.</param>
    public static async Task<PlayedHttp2> StartAsync(Func<Http2Wire, Task> script, Action<Http2Wire>? configure = null)
    {
        var server = new PlayedHttp2();
        server._listener.Start();
        server._accepting = server.AcceptAsync(script, configure);
        await Task.CompletedTask;
        return server;
    }

    /// <summary>Waits for a frame of this type, from the first one on.</summary>
    public Task<Http2Frame> NextAsync(byte type) => _frames.NextAsync<Http2Frame>(frame => frame.Type == type, expected: $"a frame of type {type}");

    /// <summary>Waits until there were so many bytes of data.</summary>
    public async Task ReceivedAsync(int bytes)
    {
        for (var seen = 0; seen < bytes;)
        {
            seen += (await NextAsync(Http2Wire.Data)).Payload.Length;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        lock (_wires)
        {
            _wires.ForEach(wire => wire.Dispose());
        }

        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _frames.Dispose();
    }

    private async Task AcceptAsync(Func<Http2Wire, Task> script, Action<Http2Wire>? configure)
    {
        List<Task> serving = [];
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync();
                Interlocked.Increment(ref _connections);
                serving.Add(ServeAsync(socket, script, configure));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ServeAsync(Socket socket, Func<Http2Wire, Task> script, Action<Http2Wire>? configure)
    {
        using var wire = await Http2Wire.AcceptAsync(socket);
        configure?.Invoke(wire);
        lock (_wires)
        {
            _wires.Add(wire);
        }

        Task? playing = null;
        while (await wire.ReadAsync() is { } frame)
        {
            _frames.Record(frame);
            if (frame.Type == Http2Wire.Data && playing is null)
            {
                playing = script(wire);
            }
        }
    }
}
