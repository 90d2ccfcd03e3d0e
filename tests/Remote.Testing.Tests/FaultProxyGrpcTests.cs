using Remote.Transport;

namespace Remote.Testing.Tests;

/// <summary>Our gRPC, both ends, through the proxy.</summary>
public sealed class FaultProxyGrpcTests : IAsyncLifetime
{
    private const string Echo = "/test.Echo/Duplex";
    private static readonly TimeSpan Ceiling = FaultProxyPeers.Ceiling;
    private GrpcServer _server = null!;
    private FaultProxy _proxy = null!;
    private GrpcClient _client = null!;

    public async Task InitializeAsync()
    {
        _server = await StartServerAsync();
        _proxy = FaultProxy.Start(_server.Addresses[0]);
        _client = new GrpcClient(_proxy.Address, new GrpcClientOptions());
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync().AsTask().WaitAsync(Ceiling);
        await _proxy.DisposeAsync().AsTask().WaitAsync(Ceiling);
        await _server.DisposeAsync().AsTask().WaitAsync(Ceiling);
    }

    [Fact]
    public async Task Cut_OpenCall_FailsAndTheNextCallDialsAgain()
    {
        await using var call = await OpenAsync();
        await EchoAsync(call, 1000);

        Assert.Equal(1, _proxy.Cut());

        await Assert.ThrowsAsync<GrpcException>(() => call.Reader.ReadAsync().AsTask().WaitAsync(Ceiling));
        await using var next = await OpenAsync();
        await EchoAsync(next, 1000);
        Assert.Equal(2, _proxy.Connections.Count);
    }

    [Fact]
    public async Task CutAfter_InTheMiddleOfAMessage_IsAFailureAndNoMessage()
    {
        await using var call = await OpenAsync();
        await EchoAsync(call, 1);
        _proxy.CutAfter(NetworkDirection.ToClient, _proxy.BytesCarried(NetworkDirection.ToClient) + 50_000);

        await Assert.ThrowsAsync<GrpcException>(() => EchoAsync(call, 100_000));
    }

    [Fact]
    public async Task Stall_OpenCall_GoesOnAfterResume()
    {
        await using var call = await OpenAsync();
        await EchoAsync(call, 1);
        _proxy.Stall();
        var echo = EchoAsync(call, 100_000);
        Assert.False(echo.IsCompleted);

        _proxy.Resume();

        await echo.WaitAsync(Ceiling);
    }

    [Fact]
    public async Task Target_RestartedServer_IsReachedAtTheOldAddress()
    {
        await using (var call = await OpenAsync())
        {
            await EchoAsync(call, 1);
            _proxy.Cut();
            await _server.DisposeAsync().AsTask().WaitAsync(Ceiling);
            await Assert.ThrowsAsync<GrpcException>(() => call.Reader.ReadAsync().AsTask().WaitAsync(Ceiling));
        }

        _server = await StartServerAsync();
        _proxy.Target = _server.Addresses[0];

        await using var next = await OpenAsync();
        await EchoAsync(next, 1);
    }

    private static Task<GrpcServer> StartServerAsync()
    {
        var options = new GrpcServerOptions().Listen("127.0.0.1", 0);
        options.Methods.Add(Echo, async stream =>
        {
            while (await stream.Reader.ReadAsync())
            {
                await stream.WriteMessageAsync(stream.Reader.Message);
            }
        });
        return GrpcServer.StartAsync(options).WaitAsync(Ceiling);
    }

    private Task<GrpcDuplexCall> OpenAsync() => _client.DuplexAsync(Echo).AsTask().WaitAsync(Ceiling);

    private static async Task EchoAsync(GrpcDuplexCall call, int bytes)
    {
        await call.WriteAsync(new byte[bytes]).AsTask().WaitAsync(Ceiling);
        Assert.True(await call.Reader.ReadAsync().AsTask().WaitAsync(Ceiling), "the stream ended instead of echoing");
        Assert.Equal(bytes, call.Reader.Message.Length);
    }
}
