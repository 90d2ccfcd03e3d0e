using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;

namespace Remote.Testing.Tests;

/// <summary>grpc-dotnet, both ends, over the in-memory network: named nodes and faults without a socket.</summary>
public sealed class InMemoryNetworkGrpcTests : IAsyncLifetime
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);

    private readonly InMemoryNetwork _network = new();
    private readonly EventProbe _probe = new();
    private WebApplication _server = null!;
    private string _address = "";
    private GrpcChannel _channel = null!;

    public async Task InitializeAsync()
    {
        (_server, _address) = await EchoService.StartAsync(new DnsEndPoint("node-a", 0), _probe, _network).WaitAsync(Ceiling);
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = (context, cancellationToken) => _network.ConnectAsync(context.DnsEndPoint, cancellationToken),
        };
        _channel = GrpcChannel.ForAddress($"http://{_address}", new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
    }

    public async Task DisposeAsync()
    {
        _channel.Dispose();
        await _server.DisposeAsync().AsTask().WaitAsync(Ceiling);
        await _network.DisposeAsync().AsTask().WaitAsync(Ceiling);
        _probe.Dispose();
    }

    [Fact]
    [Trait("Behaviour", "O-10")]
    public async Task Duplex_NamedNode_EchoesOverOneConnection()
    {
        Assert.StartsWith("node-a:", _address, StringComparison.Ordinal);
        using var call = EchoService.Open(_channel);

        await call.EchoAsync("hello"u8.ToArray());
        await call.EchoAsync("again"u8.ToArray());
        await call.RequestStream.CompleteAsync().WaitAsync(Ceiling);

        Assert.False(await call.ReadAsync());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.Equal(_address, Assert.Single(_network.Connections).Address);
    }

    [Fact]
    [Trait("Behaviour", "O-10")]
    public async Task Cut_OpenCall_FailsAtBothEndsAndTheNextCallDialsAgain()
    {
        using var call = EchoService.Open(_channel);
        await call.EchoAsync("hello"u8.ToArray());

        _network.Cut(_address);

        await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync());
        await _probe.NextAsync<Exception>(expected: "the handler's read to fail").WaitAsync(Ceiling);
        using var next = EchoService.Open(_channel);
        await next.EchoAsync("hello"u8.ToArray());
        Assert.Equal(2, _network.Connections.Count);
    }

    [Fact]
    [Trait("Behaviour", "O-10")]
    public async Task Refuse_NewCall_IsUnavailable()
    {
        _network.Refuse(_address);

        var error = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            using var call = EchoService.Open(_channel);
            await call.ReadAsync();
        });

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
    }
}
