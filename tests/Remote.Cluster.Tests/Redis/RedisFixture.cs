using Remote.Cluster.Tests.Servers;

namespace Remote.Cluster.Tests.Redis;

/// <summary>One server for the tests of a class that do not end it; each test has a cluster of its own in it.</summary>
public sealed class RedisFixture : IAsyncLifetime
{
    public RedisServer Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await RedisServer.StartAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();
}
