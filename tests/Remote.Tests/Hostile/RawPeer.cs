using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Remote.Tests;

/// <summary>
/// A connection of a peer that does not keep to the rules, as either side. What the other one says is read beside what is written, for as long as
/// the script wants that; a write that the other side does not take any more ends the script and is no failure.
/// </summary>
internal sealed class RawPeer : IAsyncDisposable
{
    private static readonly byte[] Preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8];

    private readonly Socket _socket;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Http2Frame> _frames = [];
    private Task _reading = Task.CompletedTask;

    private RawPeer(Socket socket) => _socket = socket;

    /// <summary>Completes when the other side has closed the connection.</summary>
    public Task Closed => _closed.Task;

    /// <summary>The frames that came so far.</summary>
    public IReadOnlyList<Http2Frame> Frames
    {
        get
        {
            lock (_frames)
            {
                return [.. _frames];
            }
        }
    }

    /// <summary>Dials, and has said its settings.</summary>
    /// <param name="address">The listener.</param>
    /// <param name="reads">Whether anything is ever read.</param>
    /// <param name="speaks">Whether the preface and settings are sent.</param>
    public static async Task<RawPeer> DialAsync(string address, bool reads = true, bool speaks = true)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPEndPoint.Parse(address)).Within("a connection");
        var peer = new RawPeer(socket);
        if (speaks)
        {
            await peer.WriteAsync([.. Preface, .. RawFrames.Frame(RawFrames.Settings, RawFrames.None, 0)]);
        }

        if (reads)
        {
            peer._reading = peer.ReadAsync();
        }

        return peer;
    }

    /// <summary>Takes a connection of a client, its preface included, and says settings.</summary>
    public static async Task<RawPeer> AcceptAsync(Socket socket, bool reads = true)
    {
        var peer = new RawPeer(socket);
        socket.NoDelay = true;
        var preface = new byte[Preface.Length];
        for (var read = 0; read < preface.Length;)
        {
            var more = await socket.ReceiveAsync(preface.AsMemory(read));
            if (more == 0)
            {
                break;
            }

            read += more;
        }

        await peer.WriteAsync(RawFrames.Frame(RawFrames.Settings, RawFrames.None, 0));
        if (reads)
        {
            peer._reading = peer.ReadAsync();
        }

        return peer;
    }

    /// <summary>Writes, for as long as the other side takes it.</summary>
    /// <returns>Whether it was taken.</returns>
    public async Task<bool> WriteAsync(params byte[] bytes)
    {
        try
        {
            using var late = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            while (bytes.Length > 0)
            {
                bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None, late.Token)..];
            }

            return true;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Writes the same again and again, some of it at a time, until the other side takes no more or so many were written.</summary>
    /// <returns>Whether all of it was taken.</returns>
    public async Task<bool> FloodAsync(int count, Func<int, byte[]> frame)
    {
        const int PerWrite = 64;
        for (var i = 0; i < count; i += PerWrite)
        {
            if (!await WriteAsync([.. Enumerable.Range(i, Math.Min(PerWrite, count - i)).SelectMany(frame)]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Waits for a frame.</summary>
    public async Task<Http2Frame> NextAsync(Func<Http2Frame, bool> isWanted, string what)
    {
        var deadline = DateTime.UtcNow + TestTime.Ceiling;
        while (DateTime.UtcNow < deadline)
        {
            var isClosed = _closed.Task.IsCompleted;
            if (Frames.FirstOrDefault(isWanted) is { } found)
            {
                return found;
            }

            Assert.False(isClosed, $"The connection ended without {what}: {Describe()}");
            await Task.Delay(1);
        }

        throw new TimeoutException($"{what}: not within {TestTime.Ceiling}; there were {Describe()}");
    }

    /// <summary>The error of the GOAWAY that the other side said; nothing when it said none.</summary>
    public uint? GoAway => Frames.FirstOrDefault(frame => frame.Type == RawFrames.GoAway && Error(frame, 4) != 0) is { } last ? Error(last, 4) : null;

    /// <summary>The error with which the other side reset a stream.</summary>
    public uint? ResetOf(int stream) =>
        Frames.FirstOrDefault(frame => frame.Type == RawFrames.Reset && frame.Stream == stream) is { } reset ? Error(reset, 0) : null;

    public string Describe() => string.Join(", ", Frames.TakeLast(10).Select(frame => string.Create(CultureInfo.InvariantCulture, $"{frame.Type}/{frame.Stream}")));

    /// <summary>Breaks the connection off.</summary>
    public void Kill()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _reading.Within("the end of the reader");
    }

    private static uint Error(Http2Frame frame, int at) => BinaryPrimitives.ReadUInt32BigEndian(frame.Payload.AsSpan(at));

    private async Task ReadAsync()
    {
        try
        {
            await using var stream = new NetworkStream(_socket, ownsSocket: false);
            var header = new byte[9];
            while (true)
            {
                await stream.ReadExactlyAsync(header);
                var payload = new byte[BinaryPrimitives.ReadUInt32BigEndian(header) >> 8];
                await stream.ReadExactlyAsync(payload);
                Keep(new Http2Frame(header[3], header[4], BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)), payload));
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidOperationException)
        {
            _closed.TrySetResult();
        }
    }

    private void Keep(Http2Frame frame)
    {
        lock (_frames)
        {
            // Answers to a flood are not worth keeping.
            if (_frames.Count < 10_000 && (frame.Type is not (RawFrames.Ping or RawFrames.Settings) || _frames.Count < 100))
            {
                _frames.Add(frame);
            }
        }
    }
}
