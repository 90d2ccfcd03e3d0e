using System.Net;
using System.Threading.Channels;
using Grpc.Core;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>A recorded node, played: takes what our node dials, and dials it.</summary>
internal sealed class ReleasePlayer : IAsyncDisposable
{
    private readonly InMemoryNetwork _network;
    private readonly ReleaseSchema _schema;
    private readonly ReplayLog _log;
    private readonly Channel<ReleaseStream> _arrivals = Channel.CreateUnbounded<ReleaseStream>();
    private readonly List<ReleaseStream> _streams = [];
    private readonly Dictionary<ReleaseStream, PeerChannel> _clients = [];
    private readonly Lock _gate = new();
    private readonly string _door;
    private NodeListener? _server;
    private int _arrived;

    private ReleasePlayer(InMemoryNetwork network, ReleaseSchema schema, string door, ReplayLog log)
    {
        _network = network;
        _schema = schema;
        _door = door;
        _log = log;
    }

    /// <summary>The last batch that it has written.</summary>
    public ulong LastBatch { get; set; }

    public IReadOnlyList<ReleaseStream> Streams
    {
        get
        {
            lock (_gate)
            {
                return [.. _streams];
            }
        }
    }

    public static async Task<ReleasePlayer> StartAsync(ReleaseRole role, InMemoryNetwork network, ReleaseSchema schema, ReplayLog log)
    {
        var player = new ReleasePlayer(network, schema, role.Door, log);
        if (!role.IsClient)
        {
            player._server = await PlayedCalls.ListenAsync(player.ServeAsync, network, new DnsEndPoint(role.Door[..role.Door.IndexOf(':')], 8000));
        }

        return player;
    }

    /// <summary>The next stream that our node dials.</summary>
    public async Task<ReleaseStream> AcceptAsync(string name)
    {
        try
        {
            return await _arrivals.Reader.ReadAsync().AsTask().WaitAsync(TestTime.Ceiling);
        }
        catch (TimeoutException)
        {
            throw new ReplayException($"Our node did not dial {name}. So far:{_log}");
        }
    }

    /// <summary>Streams that our node has dialled and that nobody expected.</summary>
    public bool HasMore => _arrivals.Reader.TryPeek(out _);

    public async Task<ReleaseStream> DialAsync(string name, string method, ReleaseRole ours)
    {
        var client = PlayedCalls.Channel(ours.BoundTo, _network.ConnectAsync);
        var call = client.Receive();
        var stream = Keep(name, call);
        lock (_gate)
        {
            _clients.Add(stream, client);
        }

        _ = stream.PumpAsync(isAcceptor: false);
        return stream;
    }

    /// <summary>The network breaks the connection of a stream.</summary>
    public void Cut(ReleaseStream stream)
    {
        if (_clients.TryGetValue(stream, out var client))
        {
            _ = client.DisposeAsync();
        }
        else
        {
            _network.Cut(_door);
        }

        stream.Release(Status.DefaultSuccess);
    }

    /// <summary>Nobody answers at its door.</summary>
    public void Die() => _network.Refuse(_door);

    /// <summary>Somebody answers again.</summary>
    public void Return() => _network.Heal(_door);

    public async ValueTask DisposeAsync()
    {
        foreach (var stream in Streams)
        {
            stream.Abort();
        }

        foreach (var client in _clients.Values)
        {
            await client.DisposeAsync();
        }

        if (_server is not null)
        {
            await _server.DisposeAsync().AsTask().Within("ending a played node");
        }
    }

    private async Task ServeAsync(AcceptedCall call)
    {
        var stream = Keep($"dialled {++_arrived}", call);
        _arrivals.Writer.TryWrite(stream);
        var pump = stream.PumpAsync(isAcceptor: true);
        await Task.WhenAny(stream.Released, Task.Delay(Timeout.Infinite, call.CancellationToken));
        if (stream.Released.IsCompleted && await stream.Released is { StatusCode: not StatusCode.OK } status)
        {
            throw new RpcException(status);
        }

        if (!stream.Released.IsCompleted)
        {
            await pump;
        }
    }

    private ReleaseStream Keep(string name, IGrpcStream call)
    {
        var stream = new ReleaseStream(name, call, _schema, _log) { LastPlayed = () => LastBatch };
        lock (_gate)
        {
            _streams.Add(stream);
        }

        return stream;
    }
}
