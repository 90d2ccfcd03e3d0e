using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Connections;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>Calls and listeners of peers that are played by a test: the transport of a node without the node.</summary>
internal static class PlayedCalls
{
    public static Task<NodeListener> ListenAsync(Func<AcceptedCall, Task> serve, IConnectionListenerFactory? network = null, EndPoint? at = null) =>
        NodeListener.StartAsync(new ListenerSettings(at ?? new IPEndPoint(IPAddress.Loopback, 0), new PlayedHandler(serve)) { ListenerFactory = network })
            .Within("starting a played peer");

    public static PeerChannel Channel(string address, Func<EndPoint, CancellationToken, ValueTask<Stream>>? connect = null) =>
        new(address, new ChannelSettings(4 * 1024 * 1024, TimeSpan.FromSeconds(30), new TransportOptions(), TimeProvider.System) { Connect = connect });

    /// <summary>A channel as any gRPC client has.</summary>
    public static GrpcChannel PlainChannel(string address, Func<EndPoint, CancellationToken, ValueTask<Stream>>? connect = null)
    {
        var handler = new SocketsHttpHandler();
        if (connect is not null)
        {
            handler.ConnectCallback = (context, cancellationToken) => connect(context.DnsEndPoint, cancellationToken);
        }

        return GrpcChannel.ForAddress($"http://{address}", new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
    }

    /// <summary>Asks a node something over a connection of its own.</summary>
    public static async Task<TResponse> AskAsync<TRequest, TResponse>(string address, Method<TRequest, TResponse> method, TRequest request)
        where TRequest : class
        where TResponse : class
    {
        using var channel = PlainChannel(address);
        return await channel.CreateCallInvoker().AsyncUnaryCall(method, host: null, default, request).ResponseAsync.Within(method.Name);
    }

    public static ValueTask WriteMessageAsync(this IGrpcStream stream, IMessage message) => stream.WriteAsync(message.ToByteArray());

    internal sealed class PlayedHandler(Func<AcceptedCall, Task> serve) : IRemotingHandler
    {
        public Task ReceiveAsync(AcceptedCall call) => serve(call);

        public Task<Wire.ListProcessesResponse> ListProcessesAsync(
            Wire.ListProcessesRequest request, bool isLocal, CancellationToken cancellationToken) => throw Nothing();

        public Task<Wire.GetProcessDiagnosticsResponse> GetProcessDiagnosticsAsync(Wire.GetProcessDiagnosticsRequest request, bool isLocal) =>
            throw Nothing();

        private static RpcException Nothing() => CallFailure.Of(StatusCode.Unimplemented, "A played peer has no diagnostics.");
    }
}
