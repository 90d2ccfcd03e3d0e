using System.Net;
using StackExchange.Redis;

namespace Remote.Cluster.Redis;

/// <summary>The connection: either made by the storage, and closed by it, or the application's multiplexer, which stays open.</summary>
internal sealed class RedisConnection : IDisposable
{
    private readonly ConfigurationOptions? _configuration;
    private readonly int _database;
    private readonly IConnectionMultiplexer? _given;
    private volatile bool _disposed;
    private IConnectionMultiplexer? _open;

    public RedisConnection(ConfigurationOptions configuration, int database)
    {
        _configuration = configuration.Clone();

        // A server that is not there ends the start, with the reason. And while it is away, somebody looks often:
        // after a restart it waits only for the settling time for what we know.
        _configuration.AbortOnConnectFail = true;
        _configuration.ReconnectRetryPolicy = new LinearRetry(500);
        _database = database;
        Name = string.Join(", ", configuration.EndPoints.Select(Text));
    }

    public RedisConnection(IConnectionMultiplexer multiplexer, int database)
    {
        _given = multiplexer;
        _database = database;
        Name = string.Join(", ", multiplexer.GetEndPoints(configuredOnly: true).Select(Text));
    }

    /// <summary>The configured addresses, for messages.</summary>
    public string Name { get; }

    /// <exception cref="RedisIdentityException">Not open yet.</exception>
    public IDatabase Database =>
        (Volatile.Read(ref _open) ?? throw new RedisIdentityException(RedisIdentityError.NotRunning, $"The storage at {Name} was not initialized, or is disposed."))
        .GetDatabase(_database);

    /// <summary>Whether every server that is connected is a replica: then there is nobody to write to.</summary>
    public bool HasOnlyReplicas =>
        Volatile.Read(ref _open) is { } open && open.GetServers().Where(static server => server.IsConnected).ToArray() is { Length: > 0 } connected
        && connected.All(static server => server.IsReplica);

    /// <summary>Connects, if that is ours to do.</summary>
    /// <exception cref="RedisIdentityException">Redis is not there, or refused the user; or it was disposed meanwhile.</exception>
    public async Task OpenAsync()
    {
        if (_open is not null || _disposed)
        {
            return;
        }

        try
        {
            Interlocked.Exchange(ref _open, _given ?? await ConnectionMultiplexer.ConnectAsync(_configuration!).ConfigureAwait(false));
        }
        catch (Exception exception) when (RedisFailures.IsKnown(exception))
        {
            throw RedisFailures.Describe(Name, exception);
        }

        // Whoever disposed of it meanwhile had nothing to close, and what is open now would try to reconnect for ever.
        if (_disposed)
        {
            Dispose();
            throw new RedisIdentityException(RedisIdentityError.NotRunning, $"The storage at {Name} was disposed while it connected.");
        }
    }

    public void Dispose()
    {
        _disposed = true;
        var open = Interlocked.Exchange(ref _open, null);
        if (_given is null)
        {
            open?.Dispose();
        }
    }

    private static string Text(EndPoint endPoint) => endPoint switch
    {
        DnsEndPoint dns => $"{dns.Host}:{dns.Port}",
        _ => endPoint.ToString() ?? "",
    };
}
