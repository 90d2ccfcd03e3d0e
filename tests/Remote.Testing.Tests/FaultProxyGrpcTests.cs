using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;

namespace Remote.Testing.Tests;

/// <summary>grpc-dotnet, both ends, through the proxy.</summary>
public sealed class FaultProxyGrpcTests : IAsyncLifetime
{
    private static readonly TimeSpan Ceiling = FaultProxyPeers.Ceiling;

    private readonly EventProbe _probe = new();
    private WebApplication _server = null!;
    private FaultProxy _proxy = null!;
    private GrpcChannel _channel = null!;

    public async Task InitializeAsync()
    {
        (_server, var address) = await StartServerAsync();
        _proxy = FaultProxy.Start(address);
        _channel = GrpcChannel.ForAddress($"http://{_proxy.Address}");
    }

    public async Task DisposeAsync()
    {
        _channel.Dispose();
        await _proxy.DisposeAsync().AsTask().WaitAsync(Ceiling);
        await _server.DisposeAsync().AsTask().WaitAsync(Ceiling);
        _probe.Dispose();
    }

    [Fact]
    public async Task Cut_OpenCall_FailsAndTheNextCallDialsAgain()
    {
        using var call = EchoService.Open(_channel);
        await call.EchoAsync(new byte[1000]);

        Assert.Equal(1, _proxy.Cut());

        await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync());
        using var next = EchoService.Open(_channel);
        await next.EchoAsync(new byte[1000]);
        Assert.Equal(2, _proxy.Connections.Count);
    }

    [Fact]
    public async Task CutAfter_InTheMiddleOfAMessage_IsAFailureAndNoMessage()
    {
        using var call = EchoService.Open(_channel);
        await call.EchoAsync(new byte[1]);
        _proxy.CutAfter(NetworkDirection.ToClient, _proxy.BytesCarried(NetworkDirection.ToClient) + 50_000);

        await Assert.ThrowsAsync<RpcException>(() => call.EchoAsync(new byte[100_000]));
    }

    [Fact]
    public async Task Stall_OpenCall_GoesOnAfterResume()
    {
        using var call = EchoService.Open(_channel);
        await call.EchoAsync(new byte[1]);
        _proxy.Stall();
        var echo = call.EchoAsync(new byte[100_000]);
        Assert.False(echo.IsCompleted);

        _proxy.Resume();

        await echo.WaitAsync(Ceiling);
    }

    [Fact]
    public async Task Target_RestartedServer_IsReachedAtTheOldAddress()
    {
        using (var call = EchoService.Open(_channel))
        {
            await call.EchoAsync(new byte[1]);
            _proxy.Cut();
            await _server.DisposeAsync().AsTask().WaitAsync(Ceiling);
            await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync());
        }

        (_server, _proxy.Target) = await StartServerAsync();

        using var next = EchoService.Open(_channel);
        await next.EchoAsync(new byte[1]);
    }

    private Task<(WebApplication Server, string Address)> StartServerAsync() =>
        EchoService.StartAsync(new IPEndPoint(IPAddress.Loopback, 0), _probe).WaitAsync(Ceiling);
}
