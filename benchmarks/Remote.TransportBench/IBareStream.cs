namespace Remote.TransportBench;

/// <summary>What carries the frames.</summary>
internal enum Side
{
    /// <summary>The listener, the channel, the sockets and the marshallers of a node.</summary>
    Node,

    /// <summary>grpc-dotnet on Kestrel and its own sockets, with arrays of bytes for messages.</summary>
    Stock,
}

/// <summary>One open stream, seen from either end. One reader and one writer at a time.</summary>
internal interface IBareStream
{
    /// <summary>Sends a frame and flushes it.</summary>
    ValueTask WriteAsync(byte[] frame);

    /// <summary>Takes the next frame and says how long it is, or -1 when the caller has half-closed the stream.</summary>
    ValueTask<int> ReadAsync();
}

/// <summary>The caller's end.</summary>
internal interface ICallerStream : IBareStream, IAsyncDisposable
{
    /// <summary>Half-closes the stream.</summary>
    ValueTask CompleteAsync();
}

/// <summary>The server's end of everything; disposing it stops to listen.</summary>
internal interface IBareServer : IAsyncDisposable
{
    string Address { get; }
}

/// <summary>Makes the ends of each side. The windows are a node's on both, for it is not them that are compared.</summary>
internal static class Sides
{
    public const int MaxFrameBytes = 4 * 1024 * 1024;

    public static readonly TransportOptions Transport = new();

    public static async Task<IBareServer> ListenAsync(Side side, Func<IBareStream, Task> serve) =>
        side == Side.Node ? await NodeServer.StartAsync(serve) : await StockServer.StartAsync(serve);

    public static ICallerStream Open(Side side, string address) => side == Side.Node ? new NodeCaller(address) : new StockCaller(address);
}
