using System.Net;
using Grpc.Core;
using Remote.Protocol;

namespace Remote.TransportBench;

/// <summary>The web server of a node, with nothing behind it.</summary>
internal sealed class NodeServer : IBareServer
{
    private readonly NodeListener _listener;

    private NodeServer(NodeListener listener) => _listener = listener;

    public string Address => _listener.Address;

    public static async Task<NodeServer> StartAsync(Func<IBareStream, Task> serve) =>
        new(await NodeListener.StartAsync(new ListenerSettings(new IPEndPoint(IPAddress.Loopback, 0), new Handler(serve))));

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private sealed class Handler(Func<IBareStream, Task> serve) : IRemotingHandler
    {
        public Task ReceiveAsync(AcceptedCall call) => serve(new NodeStream(call));

        public Task<ListProcessesResponse> ListProcessesAsync(ListProcessesRequest request, bool isLocal, CancellationToken cancellationToken) =>
            throw Nothing();

        public Task<GetProcessDiagnosticsResponse> GetProcessDiagnosticsAsync(GetProcessDiagnosticsRequest request, bool isLocal) => throw Nothing();

        private static RpcException Nothing() => new(new Status(StatusCode.Unimplemented, "There are no actors here."));
    }
}

/// <summary>Either end of a node's stream.</summary>
internal class NodeStream(IGrpcStream stream) : IBareStream
{
    public ValueTask WriteAsync(byte[] frame) => stream.WriteAsync(frame);

    public async ValueTask<int> ReadAsync() => await stream.Reader.ReadAsync() ? stream.Reader.Message.Length : -1;
}

/// <summary>A stream, opened as a node opens it.</summary>
internal sealed class NodeCaller : NodeStream, ICallerStream
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(30);

    private readonly PeerChannel _channel;
    private readonly DialledCall _call;

    public NodeCaller(string address)
        : this(new PeerChannel(address, new ChannelSettings(Sides.MaxFrameBytes, ConnectTimeout, Sides.Transport, TimeProvider.System)))
    {
    }

    private NodeCaller(PeerChannel channel)
        : this(channel, channel.Receive())
    {
    }

    private NodeCaller(PeerChannel channel, DialledCall call)
        : base(call) => (_channel, _call) = (channel, call);

    public ValueTask CompleteAsync() => _call.CompleteAsync();

    public ValueTask DisposeAsync()
    {
        _call.Abort();
        return _channel.DisposeAsync();
    }
}
