using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Proto;
using Proto.Remote;

namespace Twins.WatchAndBlock;

/// <summary>Starts nodes with nearly every setting that a configuration has.</summary>
public sealed class Nodes
{
    private int _configured;
    private int _dialled;

    public bool KestrelConfigured => _configured > 0;

    public bool ChannelOptionsUsed => _dialled > 0;

    /// <summary>A node that listens on an address and tells others a name.</summary>
    public async Task<ActorSystem> StartAsync()
    {
        var system = new ActorSystem().WithRemote(Config());
        await system.Remote().StartAsync();
        return system;
    }

    private RemoteConfig Config() => (RemoteConfig.BindTo("127.0.0.1", RemoteConfig.AnyFreePort) with { ConfigureKestrel = Configure })
        .WithAdvertisedHost("localhost")
        .WithAdvertisedPort(null)
        .WithProtoMessages(WatchandblockReflection.Descriptor)
        .WithRemoteKind("ponger", Props.FromProducer(() => new Ponger()))
        .WithChannelOptions(new GrpcChannelOptions { HttpHandler = new SocketsHttpHandler { ConnectCallback = ConnectAsync } })
        .WithCallOptions(new CallOptions(new Metadata { { "purpose", "test" } }))
        .WithUriChooser(addresses => addresses?.First())
        .WithEndpointWriterBatchSize(100)
        .WithEndpointWriterMaxRetries(2)
        .WithEndpointWriterRetryBackOff(TimeSpan.FromMilliseconds(50))
        .WithLogLevelForDeserializationErrors(LogLevel.Warning)
        .WithRemoteDiagnostics(true);

    private void Configure(ListenOptions listen)
    {
        Interlocked.Increment(ref _configured);
        listen.Protocols = HttpProtocols.Http2;
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _dialled);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
