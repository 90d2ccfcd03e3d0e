using System.Globalization;
using System.Net;
using System.Threading.Channels;
using Grpc.Core;

namespace Remote.Tests;

/// <summary>A recorded node, played over real gRPC: accepts the streams of our node and dials it.</summary>
internal sealed class ReplayPeer : IAsyncDisposable
{
    public const string Receive = "/remote.Remoting/Receive";

    private readonly ReplayLog _log;
    private readonly Channel<ReplayStream> _arrivals = Channel.CreateUnbounded<ReplayStream>();
    private readonly List<ReplayStream> _streams = [];
    private readonly List<PeerChannel> _clients = [];
    private readonly Lock _gate = new();
    private readonly Func<string> _ours;
    private NodeListener? _server;

    private ReplayPeer(RecordedNode node, Func<string> ours, ReplayLog log)
    {
        Node = node;
        _ours = ours;
        _log = log;
    }

    public RecordedNode Node { get; }

    /// <summary>Where it listens now; of a client, its recorded address.</summary>
    public string Address { get; private set; } = "";

    public IReadOnlyList<ReplayStream> Streams
    {
        get
        {
            lock (_gate)
            {
                return [.. _streams];
            }
        }
    }

    /// <param name="node">Who it is.</param>
    /// <param name="address">Where to listen, when the node follows another one on its address.</param>
    /// <param name="ours">Says the address of our node, which is the other end of everything.</param>
    /// <param name="log">Where everything is written down.</param>
    public static async Task<ReplayPeer> StartAsync(RecordedNode node, string? address, Func<string> ours, ReplayLog log)
    {
        var peer = new ReplayPeer(node, ours, log);
        if (node.IsClient)
        {
            peer.Address = node.Address;
            return peer;
        }

        var port = address is null ? 0 : int.Parse(address[(address.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);
        peer._server = await PlayedCalls.ListenAsync(peer.ServeAsync, at: new IPEndPoint(IPAddress.Loopback, port));
        peer.Address = peer._server.Address;
        return peer;
    }

    /// <summary>The next stream that our node dials.</summary>
    public async Task<ReplayStream> AcceptAsync(string name)
    {
        try
        {
            var stream = await _arrivals.Reader.ReadAsync().AsTask().WaitAsync(TestTime.Ceiling);
            stream.Name = name;
            return stream;
        }
        catch (TimeoutException)
        {
            throw new ReplayException($"Our node did not dial {Node.Name} ({name}) within {TestTime.Ceiling}. So far:{_log}");
        }
    }

    /// <summary>Opens a stream to our node, each on a connection of its own.</summary>
    public async Task<ReplayStream> DialAsync(string name)
    {
        var client = PlayedCalls.Channel(_ours());
        var call = client.Receive();
        var stream = Keep(new ReplayStream(name, call, _ours(), _log));
        lock (_gate)
        {
            _clients.Add(client);
        }

        _ = stream.PumpAsync();
        return stream;
    }

    /// <summary>Dies without a word: every connection breaks and nobody listens any more.</summary>
    public async Task KillAsync()
    {
        foreach (var stream in Streams)
        {
            stream.Cut();
        }

        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var stream in Streams)
        {
            stream.Release(Status.DefaultSuccess);
        }

        foreach (var stream in Streams)
        {
            // Disposing the client would reset a call whose end is still on its way.
            await stream.LeftAsync().Within($"the end of {stream.Name} after its half-close");
        }

        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        if (_server is not null)
        {
            await _server.DisposeAsync().AsTask().Within($"stopping {Node.Name}");
        }
    }

    private async Task ServeAsync(AcceptedCall call)
    {
        var stream = Keep(new ReplayStream("a new stream", call, _ours(), _log));
        _arrivals.Writer.TryWrite(stream);
        var pump = stream.PumpAsync();

        // A call that our node resets is over without our saying so.
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

    private ReplayStream Keep(ReplayStream stream)
    {
        lock (_gate)
        {
            _streams.Add(stream);
        }

        return stream;
    }
}
