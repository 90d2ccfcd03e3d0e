using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>What peers have been known to do to servers of HTTP/2, and some more. Each plays on a connection of its own.</summary>
internal static class ListenerScripts
{
    /// <summary>The one script whose sessions last until a node has answered.</summary>
    public const string NotRead = "requests whose answers are not read";

    // The settings of a dialler that grants no byte.
    public static readonly byte[] NoWindow = RawFrames.Frame(RawFrames.Settings, RawFrames.None, 0, 0, 4, 0, 0, 0, 0);

    public static IReadOnlyDictionary<string, Func<string, Task>> All { get; } = new Dictionary<string, Func<string, Task>>(StringComparer.Ordinal)
    {
        ["reset after the headers"] = address => PlayAsync(address, [RawFrames.Open(1), Reset(1)]),
        ["reset during data"] = address => PlayAsync(address, [RawFrames.Open(1), Handshake(1)[..20], Reset(1)]),
        ["reset during the handshake's answer"] = address => PlayAsync(address, [RawFrames.Open(1), Handshake(1), Reset(1)]),
        ["goaway"] = address => PlayAsync(address, [RawFrames.Open(1), Handshake(1), RawFrames.Frame(RawFrames.GoAway, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0)]),
        ["goaway of a protocol error"] = address => PlayAsync(address, [RawFrames.Frame(RawFrames.GoAway, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), RawFrames.Open(1)]),
        ["ping flood"] = address => FloodAsync(address, 5000, _ => RawFrames.Frame(RawFrames.Ping, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8)),
        ["ping flood that is not read"] = address => FloodAsync(address, 5000, _ => RawFrames.Frame(RawFrames.Ping, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8), reads: false),
        ["settings flood"] = address => FloodAsync(address, 2000, _ => RawFrames.Frame(RawFrames.Settings, 0, 0, 0, 3, 0, 0, 0, 100)),
        ["rapid reset"] = address => FloodAsync(address, 2000, i => [.. RawFrames.Open((2 * i) + 1), .. Reset((2 * i) + 1)]),
        ["opens without an end"] = address => FloodAsync(address, 500, i => RawFrames.Open((2 * i) + 1)),
        ["window of the connection overflows"] = address => PlayAsync(address, [WindowUpdate(0, int.MaxValue), WindowUpdate(0, int.MaxValue)]),
        ["window of a stream overflows"] = address => PlayAsync(address, [RawFrames.Open(1), WindowUpdate(1, int.MaxValue), WindowUpdate(1, int.MaxValue)]),
        ["window grows by nothing"] = address => PlayAsync(address, [RawFrames.Open(1), WindowUpdate(1, 0), WindowUpdate(0, 0)]),
        ["stream with an even number"] = address => PlayAsync(address, [RawFrames.Open(2)]),
        ["stream with a number from before"] = address => PlayAsync(address, [RawFrames.Open(5), RawFrames.Open(3)]),
        ["data on stream 0"] = address => PlayAsync(address, [RawFrames.Frame(RawFrames.Data, 0, 0, 1, 2, 3)]),
        ["data on a stream that is not open"] = address => PlayAsync(address, [RawFrames.Frame(RawFrames.Data, 0, 7, 1, 2, 3)]),
        ["large metadata"] = address => PlayAsync(address, Split(1, RawFrames.Block([.. Pseudo(), ("x-large", new string('x', 100_000))]))),
        ["much metadata"] = address => PlayAsync(address, Split(1, RawFrames.Block([.. Pseudo(), .. Enumerable.Range(0, 2000).Select(i => ($"x-{i}", "x"))]))),
        ["metadata that grows when it is unpacked"] = address => PlayAsync(
            address, Split(1, [.. RawFrames.Block(Pseudo()), .. RawFrames.Kept("x-large", new string('x', 3000)), .. Enumerable.Repeat((byte)0xBE, 10_000)])),
        ["path twice"] = address => PlayAsync(address, [RawFrames.Open(1, (":path", "/another"))]),
        ["content type and te twice"] = address => PlayAsync(address, [RawFrames.Open(1, ("content-type", "application/json"), ("te", "gzip")), Handshake(1)]),
        ["headers of a connection"] = address => PlayAsync(address, [RawFrames.Open(1, ("connection", "close"), ("transfer-encoding", "chunked"))]),
        ["frame that is cut off"] = address => PlayAsync(address, [[0, 1, 0, RawFrames.Headers, 4, 0, 0, 0, 1, 0x83]]),
        ["frame that is too large"] = address => PlayAsync(address, [[255, 255, 255, RawFrames.Data, 0, 0, 0, 0, 1, 0, 0, 0]]),
        ["frames of no kind"] = address => FloodAsync(address, 2000, _ => RawFrames.Frame(0xEE, 0xFF, 0, 1, 2, 3, 4)),
        ["priority flood"] = address => FloodAsync(address, 2000, i => RawFrames.Frame(RawFrames.Priority, 0, (2 * i) + 1, 0, 0, 0, 0, 1)),
        ["continuation flood"] = address => FloodAsync(
            address, 5000, i => i == 0 ? RawFrames.Frame(RawFrames.Headers, 0, 1, RawFrames.Block(Pseudo())) : RawFrames.Frame(RawFrames.Continuation, 0, 1)),
        ["continuation that never ends"] = address => FloodAsync(
            address, 5000, i => i == 0 ? RawFrames.Frame(RawFrames.Headers, 0, 1, RawFrames.Block(Pseudo())) : RawFrames.Frame(RawFrames.Continuation, 0, 1, RawFrames.Literal("x", "y"))),
        ["headers that are no HPACK"] = address => PlayAsync(address, [RawFrames.Frame(RawFrames.Headers, RawFrames.EndHeaders, 1, 255, 255, 255, 255, 255, 255)]),
        ["empty data flood"] = address => FloodAsync(address, 5000, i => i == 0 ? RawFrames.Open(1) : RawFrames.Frame(RawFrames.Data, 0, 1)),
        ["batches of one byte without end"] = address => FloodAsync(
            address, 3000, i => i == 0 ? [.. RawFrames.Open(1), .. Handshake(1)] : RawFrames.Frame(RawFrames.Data, 0, 1, 0, 0, 0, 0, 2, 0x0A, 0x00)),
        ["a handshake of one byte at a time"] = address => PlayAsync(
            address, [RawFrames.Open(1), .. RawFrames.Message(PlayedDialler.Request("slow", "slow:1")).Select(b => RawFrames.Frame(RawFrames.Data, 0, 1, b))]),
        ["no window for the answer"] = address => PlayAsync(address, [NoWindow, RawFrames.Open(1), Handshake(1)]),
        [NotRead] = NotReadAsync,
        ["trailers of a request"] = address => PlayAsync(
            address, [RawFrames.Open(1), RawFrames.Frame(RawFrames.Headers, RawFrames.EndHeaders | RawFrames.EndStream, 1, RawFrames.Block(("x", "y")))]),
    };

    public static byte[] Handshake(int stream) =>
        RawFrames.Frame(RawFrames.Data, 0, stream, RawFrames.Message(PlayedDialler.Request("0123456789abcdef0123456789abcdef", "hostile:1")));

    private static byte[] Reset(int stream) => RawFrames.Frame(RawFrames.Reset, 0, stream, 0, 0, 0, 8);

    private static byte[] WindowUpdate(int stream, int by) => RawFrames.Frame(RawFrames.WindowUpdate, 0, stream, RawFrames.Number((uint)by));

    private static (string Name, string Value)[] Pseudo() =>
        [(":method", "POST"), (":scheme", "http"), (":path", RawFrames.Receive), (":authority", "test"), ("content-type", "application/grpc")];

    /// <summary>A block of headers in as many frames as it needs.</summary>
    public static byte[][] Split(int stream, byte[] block)
    {
        var parts = block.Chunk(16_000).ToArray();
        return [.. parts.Select((part, i) => RawFrames.Frame(
            i == 0 ? RawFrames.Headers : RawFrames.Continuation, i == parts.Length - 1 ? RawFrames.EndHeaders : RawFrames.None, stream, part))];
    }

    private static async Task PlayAsync(string address, byte[][] frames)
    {
        await using var peer = await RawPeer.DialAsync(address);
        foreach (var frame in frames)
        {
            await peer.WriteAsync(frame);
        }

        // Whatever it makes of them: it is there, or has gone. A ping behind it is answered when it has been read.
        await peer.WriteAsync(RawFrames.Frame(RawFrames.Ping, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9));
        await Task.WhenAny(peer.Closed, Task.Delay(20));
    }

    private static async Task FloodAsync(string address, int count, Func<int, byte[]> frame, bool reads = true)
    {
        await using var peer = await RawPeer.DialAsync(address, reads);
        await peer.FloodAsync(count, frame);
    }

    /// <summary>A client that asks an actor, whose answers have two kilobytes each, and grants no window for them.</summary>
    private static async Task NotReadAsync(string address)
    {
        await using var peer = await RawPeer.DialAsync(address);
        var hello = new Wire.RemoteMessage { ConnectRequest = new Wire.ConnectRequest { ClientConnection = new Wire.ClientConnection { MemberId = "deaf" } } };
        var text = new Google.Protobuf.WellKnownTypes.StringValue { Value = new string('x', 2000) };
        var batch = PlayedDialler.Batch("echo", text).MessageBatch;
        batch.Senders.Add(new Wire.PID { Address = "$client/deaf", Id = "me" });
        batch.Envelopes[0].Sender = 1;
        batch.Envelopes.Add(Enumerable.Repeat(batch.Envelopes[0], 20));
        var asking = new Wire.RemoteMessage { MessageBatch = batch };
        await peer.WriteAsync([.. NoWindow, .. RawFrames.Open(1), .. RawFrames.Frame(RawFrames.Data, 0, 1, RawFrames.Message(hello))]);

        // Headers need no window. Without this wait most of the connections were gone before the node had begun to serve them.
        await peer.NextAsync(static frame => frame.Type == RawFrames.Headers, "the headers of an answer");
        for (var i = 0; i < 5; i++)
        {
            foreach (var part in RawFrames.Message(asking).Chunk(16_000))
            {
                await peer.WriteAsync(RawFrames.Frame(RawFrames.Data, 0, 1, part));
            }
        }

        await peer.WriteAsync(RawFrames.Frame(RawFrames.Ping, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9));
        await peer.NextAsync(static frame => frame.Type == RawFrames.Ping, "the answer to a ping behind the requests");
    }
}
