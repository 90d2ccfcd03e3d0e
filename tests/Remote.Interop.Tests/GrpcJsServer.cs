using Remote.Transport;

namespace Remote.Interop.Tests;

/// <summary>node/server.js, started once for all tests that call it, and a client of it.</summary>
public sealed class GrpcJsServer : IAsyncLifetime
{
    private NodeProcess _peer = null!;

    public GrpcClient Client { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        (_peer, string address) = await NodeProcess.StartServerAsync();
        Client = new GrpcClient(address, new GrpcClientOptions { MaxReceiveMessageBytes = 16 << 20 });
    }

    public async Task DisposeAsync()
    {
        await Client.DisposeAsync();
        await _peer.DisposeAsync();
    }
}
