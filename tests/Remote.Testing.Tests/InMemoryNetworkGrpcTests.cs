using System.Text;
using Remote.Transport;

namespace Remote.Testing.Tests;

/// <summary>Our gRPC, both ends, over the in-memory network: named nodes and faults without a socket.</summary>
public sealed class InMemoryNetworkGrpcTests : IAsyncLifetime
{
    private const string Echo = "/test.Echo/Duplex";
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);
    private readonly InMemoryNetwork _network = new();
    private readonly EventProbe _probe = new();
    private GrpcServer _server = null!;
    private GrpcClient _client = null!;

    public async Task InitializeAsync()
    {
        var options = new GrpcServerOptions { ListenerFactory = _network }.Listen("node-a", 0);
        options.Methods.Add(Echo, EchoAsync);
        _server = await GrpcServer.StartAsync(options).WaitAsync(Ceiling);
        _client = new GrpcClient(_server.Addresses[0], new GrpcClientOptions { ConnectCallback = _network.ConnectAsync });
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync().AsTask().WaitAsync(Ceiling);
        await _server.DisposeAsync().AsTask().WaitAsync(Ceiling);
        await _network.DisposeAsync().AsTask().WaitAsync(Ceiling);
    }

    [Fact]
    [Trait("Behaviour", "O-10")]
    public async Task Duplex_NamedNode_EchoesOverOneConnection()
    {
        Assert.StartsWith("node-a:", _server.Addresses[0], StringComparison.Ordinal);
        await using var call = await _client.DuplexAsync(Echo).AsTask().WaitAsync(Ceiling);

        Assert.Equal("hello", await EchoAsync(call, "hello"));
        Assert.Equal("again", await EchoAsync(call, "again"));
        await call.CompleteAsync();

        Assert.False(await call.Reader.ReadAsync().AsTask().WaitAsync(Ceiling));
        Assert.Equal(GrpcStatusCode.OK, call.Status?.Code);
        Assert.Equal(_server.Addresses[0], Assert.Single(_network.Connections).Address);
    }

    [Fact]
    [Trait("Behaviour", "O-10")]
    public async Task Cut_OpenCall_FailsAtBothEndsAndTheNextCallDialsAgain()
    {
        await using var call = await _client.DuplexAsync(Echo).AsTask().WaitAsync(Ceiling);
        await EchoAsync(call, "hello");

        _network.Cut(_server.Addresses[0]);

        await Assert.ThrowsAsync<GrpcException>(() => call.Reader.ReadAsync().AsTask().WaitAsync(Ceiling));
        await _probe.NextAsync<Exception>(expected: "the handler's read to fail").WaitAsync(Ceiling);
        await using var next = await _client.DuplexAsync(Echo).AsTask().WaitAsync(Ceiling);
        Assert.Equal("hello", await EchoAsync(next, "hello"));
        Assert.Equal(2, _network.Connections.Count);
    }

    [Fact]
    [Trait("Behaviour", "O-10")]
    public async Task Refuse_NewCall_IsUnavailable()
    {
        _network.Refuse(_server.Addresses[0]);

        var error = await Assert.ThrowsAsync<GrpcException>(async () =>
        {
            await using var call = await _client.DuplexAsync(Echo).AsTask().WaitAsync(Ceiling);
            await call.Reader.ReadAsync().AsTask().WaitAsync(Ceiling);
        });

        Assert.Equal(GrpcStatusCode.Unavailable, error.Status.Code);
    }

    private static async Task<string> EchoAsync(GrpcDuplexCall call, string text)
    {
        await call.WriteAsync(Encoding.ASCII.GetBytes(text)).AsTask().WaitAsync(Ceiling);
        Assert.True(await call.Reader.ReadAsync().AsTask().WaitAsync(Ceiling), "the stream ended instead of echoing");
        return Encoding.ASCII.GetString(call.Reader.Message);
    }

    private async Task EchoAsync(GrpcServerStream stream)
    {
        try
        {
            while (await stream.Reader.ReadAsync())
            {
                await stream.WriteMessageAsync(stream.Reader.Message);
            }
        }
        catch (Exception failure)
        {
            _probe.Record(failure);
            throw;
        }
    }
}
