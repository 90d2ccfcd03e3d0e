using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>What servers have been known to do to clients of HTTP/2, and some more. Each is played to a node that dials.</summary>
internal static class DiallerScripts
{
    public const string LongId = "an id of a hundred thousand characters", IdOfTwoLines = "an id of two lines";

    public const string LongStatus = "a status of fifty thousand characters", LongChallenge = "a challenge of fifty thousand characters";

    private const int Call = 1;

    // As long as the node that they are played to waits for an answer, and a little longer.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(600);

    public static IReadOnlyDictionary<string, Func<RawPeer, Task>> All { get; } = new Dictionary<string, Func<RawPeer, Task>>(StringComparer.Ordinal)
    {
        ["reset after the headers"] = peer => AfterOpenAsync(peer, Reset(2)),
        ["stream is refused"] = peer => AfterOpenAsync(peer, Reset(7)),
        ["enhance your calm"] = peer => AfterOpenAsync(peer, Reset(11)),
        ["reset during data"] = peer => AfterOpenAsync(peer, Answer(), Data([0, 0, 0, 0, 50, 1, 2, 3]), Reset(2)),
        ["goaway"] = peer => AfterOpenAsync(peer, RawFrames.Frame(RawFrames.GoAway, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
        ["goaway of a protocol error"] = peer => AfterOpenAsync(peer, RawFrames.Frame(RawFrames.GoAway, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1)),
        ["nothing at all"] = peer => AfterOpenAsync(peer),
        ["closes at once"] = _ => Task.CompletedTask,
        ["ping flood"] = peer => FloodAsync(peer, 5000, _ => RawFrames.Frame(RawFrames.Ping, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8)),
        ["settings flood"] = peer => FloodAsync(peer, 2000, _ => RawFrames.Frame(RawFrames.Settings, 0, 0, 0, 3, 0, 0, 0, 100)),
        ["window of the connection overflows"] = peer => AfterOpenAsync(peer, WindowUpdate(0, int.MaxValue), WindowUpdate(0, int.MaxValue)),
        ["window of the stream overflows"] = peer => AfterOpenAsync(peer, WindowUpdate(Call, int.MaxValue), WindowUpdate(Call, int.MaxValue)),
        ["no window"] = peer => AfterOpenAsync(peer, RawFrames.Frame(RawFrames.Settings, 0, 0, 0, 4, 0, 0, 0, 0)),
        ["more data than there is window for"] = peer => AfterOpenAsync(peer, [Answer(), .. Enumerable.Repeat(Data(new byte[16_000]), 400)]),
        ["pushes"] = peer => AfterOpenAsync(peer, RawFrames.Frame(RawFrames.PushPromise, RawFrames.EndHeaders, Call, [0, 0, 0, 2, .. RawFrames.Block((":path", "/"))])),
        ["answer on a stream that is not open"] = peer => AfterOpenAsync(peer, RawFrames.Frame(RawFrames.Headers, RawFrames.EndHeaders, 99, RawFrames.Block((":status", "200")))),
        ["data on stream 0"] = peer => AfterOpenAsync(peer, RawFrames.Frame(RawFrames.Data, 0, 0, 1, 2, 3)),
        ["large metadata"] = peer => AfterOpenAsync(peer, [.. Split(RawFrames.Block((":status", "200"), ("x-large", new string('x', 300_000))))]),
        ["metadata that grows when it is unpacked"] = peer => AfterOpenAsync(
            peer, [.. Split([.. RawFrames.Block((":status", "200")), .. RawFrames.Kept("x-large", new string('x', 3000)), .. Enumerable.Repeat((byte)0xBE, 10_000)])]),
        ["status twice"] = peer => AfterOpenAsync(peer, Answer(("content-type", "text/html"), (":status", "500"))),
        ["no status"] = peer => AfterOpenAsync(peer, RawFrames.Frame(RawFrames.Headers, RawFrames.EndHeaders, Call, RawFrames.Block(("x", "y")))),
        ["informational answers without end"] = peer => FloodAsync(
            peer, 5000, _ => RawFrames.Frame(RawFrames.Headers, RawFrames.EndHeaders, Call, RawFrames.Block((":status", "103")))),
        ["continuation flood"] = peer => FloodAsync(
            peer, 5000, i => i == 0 ? RawFrames.Frame(RawFrames.Headers, 0, Call, RawFrames.Block((":status", "200"))) : RawFrames.Frame(RawFrames.Continuation, 0, Call)),
        ["headers that are no HPACK"] = peer => AfterOpenAsync(peer, RawFrames.Frame(RawFrames.Headers, RawFrames.EndHeaders, Call, 255, 255, 255, 255, 255)),
        ["frame that is cut off"] = peer => AfterOpenAsync(peer, [0, 1, 0, RawFrames.Headers, 4, 0, 0, 0, 1, 0x88]),
        ["frame that is too large"] = peer => AfterOpenAsync(peer, [255, 255, 255, RawFrames.Data, 0, 0, 0, 0, 1, 0, 0, 0]),
        ["no HTTP/2"] = peer => AfterOpenAsync(peer, [.. "HTTP/1.1 400 Bad Request\r\n\r\n"u8]),
        ["message without end"] = peer => AfterOpenAsync(peer, Answer(), Data([0, 255, 255, 255, 255])),
        ["message that is compressed"] = peer => AfterOpenAsync(peer, Answer(("grpc-encoding", "gzip")), Data([1, 0, 0, 0, 2, 31, 139])),
        ["message that is none"] = peer => AfterOpenAsync(peer, Answer(), Data([0, 0, 0, 0, 3, 255, 255, 255])),
        ["an answer of one byte at a time"] = peer => AfterOpenAsync(
            peer, [Answer(), .. RawFrames.Message(Response()).SkipLast(1).Select(b => Data([b]))]),
        ["batches of one byte without end"] = peer => FloodAsync(
            peer, 3000, i => i == 0 ? [.. Answer(), .. Data(RawFrames.Message(Response()))] : Data([0, 0, 0, 0, 2, 0x0A, 0x00])),
        ["acknowledgement of what was never sent"] = peer => AfterOpenAsync(
            peer, Answer(), Data(RawFrames.Message(Response())), Data(RawFrames.Message(new Wire.RemoteMessage { Acknowledgement = new Wire.Acknowledgement { Accepted = 1000 } }))),
        ["trailers without a status"] = peer => AfterOpenAsync(
            peer, Answer(), RawFrames.Frame(RawFrames.Headers, RawFrames.EndHeaders | RawFrames.EndStream, Call, RawFrames.Block(("x", "y")))),
        ["status that is none"] = peer => AfterOpenAsync(
            peer, RawFrames.Frame(RawFrames.Headers, RawFrames.EndHeaders | RawFrames.EndStream, Call, RawFrames.Block((":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "4711")))),
        [LongId] = peer => AfterOpenAsync(
            peer, [Answer(), .. RawFrames.Message(Response(new string('i', 100_000))).Chunk(16_000).Select(Data)]),
        [IdOfTwoLines] = peer => AfterOpenAsync(peer, Answer(), Data(RawFrames.Message(Response("id\nof two lines")))),
        [LongStatus] = peer => AfterOpenAsync(
            peer, Last((":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "14"), ("grpc-message", new string('x', 50_000)))),
        [LongChallenge] = peer => AfterOpenAsync(peer, Last((":status", "401"), ("www-authenticate", "Bearer " + new string('x', 50_000)))),
    };

    private static Wire.RemoteMessage Response(string systemId = "0123456789abcdef0123456789abcdef") =>
        new() { ConnectResponse = new Wire.ConnectResponse { MemberId = systemId } };

    private static byte[] Answer(params (string Name, string Value)[] more) =>
        RawFrames.Frame(RawFrames.Headers, RawFrames.EndHeaders, Call, RawFrames.Block([(":status", "200"), ("content-type", "application/grpc"), .. more]));

    private static byte[] Data(byte[] bytes) => RawFrames.Frame(RawFrames.Data, 0, Call, bytes);

    private static byte[] Reset(byte code) => RawFrames.Frame(RawFrames.Reset, 0, Call, 0, 0, 0, code);

    private static byte[] WindowUpdate(int stream, int by) => RawFrames.Frame(RawFrames.WindowUpdate, 0, stream, RawFrames.Number((uint)by));

    private static byte[][] Split(byte[] block) => ListenerScripts.Split(Call, block);

    /// <summary>Headers that nothing follows.</summary>
    private static byte[][] Last(params (string Name, string Value)[] headers)
    {
        var frames = Split(RawFrames.Block(headers));
        frames[0][4] |= RawFrames.EndStream;
        return frames;
    }

    /// <summary>Waits for the call, says its part, and then nothing more until the node has had enough.</summary>
    private static async Task AfterOpenAsync(RawPeer peer, params byte[][] frames)
    {
        if (!await OpenedAsync(peer))
        {
            return;
        }

        foreach (var frame in frames)
        {
            await peer.WriteAsync(frame);
        }

        await Task.WhenAny(peer.Closed, Task.Delay(Patience));
    }

    private static async Task FloodAsync(RawPeer peer, int count, Func<int, byte[]> frame)
    {
        if (await OpenedAsync(peer))
        {
            await peer.FloodAsync(count, frame);
            await Task.WhenAny(peer.Closed, Task.Delay(Patience));
        }
    }

    private static async Task<bool> OpenedAsync(RawPeer peer)
    {
        while (!peer.Closed.IsCompleted)
        {
            if (peer.Frames.Any(frame => frame.Type == RawFrames.Headers))
            {
                return true;
            }

            await Task.Delay(1);
        }

        return false;
    }
}
