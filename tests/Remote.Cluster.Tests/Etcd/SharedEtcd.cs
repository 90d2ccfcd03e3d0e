using Remote.Cluster.Tests.Servers;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>One etcd for all tests of a class that do it no harm, each with a cluster of its own name.</summary>
public sealed class SharedEtcd : IAsyncLifetime
{
    private EtcdServer? _server;
    private EtcdAccess? _access;

    internal EtcdServer Server => _server!;

    internal EtcdAccess Access => _access!;

    internal string[] Endpoints => [Server.Endpoint];

    public async Task InitializeAsync()
    {
        _server = await EtcdServer.StartAsync();
        _access = new EtcdAccess(_server.Endpoint);
    }

    public async Task DisposeAsync()
    {
        _access?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
