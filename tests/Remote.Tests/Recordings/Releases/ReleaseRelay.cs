using System.Net;
using Grpc.Core;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>
/// Stands between two nodes and writes down what they say: takes what is dialled at the door of a node, and passes every message on after it is
/// written down, so that what it leads to comes after it.
/// </summary>
internal sealed class ReleaseRelay : IAsyncDisposable
{
    private readonly ReleaseRecorder _recorder;
    private readonly InMemoryNetwork _network;
    private readonly ReleaseRole _place;
    private readonly Func<ReleaseRole> _behind;
    private NodeListener _server = null!;

    private ReleaseRelay(ReleaseRecorder recorder, InMemoryNetwork network, ReleaseRole place, Func<ReleaseRole> behind)
    {
        _recorder = recorder;
        _network = network;
        _place = place;
        _behind = behind;
    }

    /// <param name="recorder">Where everything is written down.</param>
    /// <param name="network">The network of the nodes.</param>
    /// <param name="place">Whose door it is.</param>
    /// <param name="behind">Who lives there now.</param>
    public static async Task<ReleaseRelay> StartAsync(ReleaseRecorder recorder, InMemoryNetwork network, ReleaseRole place, Func<ReleaseRole> behind)
    {
        var relay = new ReleaseRelay(recorder, network, place, behind);
        relay._server = await PlayedCalls.ListenAsync(relay.ServeAsync, network, new DnsEndPoint(place.Door[..place.Door.IndexOf(':')], 8000));
        return relay;
    }

    /// <summary>Says once more, on a stream of its own, what a dialler said first on another one.</summary>
    public async Task RepeatAsync(byte[] handshake, string dialler)
    {
        await using var client = Client();
        var call = client.Receive();
        var stream = _recorder.Opened(dialler, _behind().Name, ReplayPeer.Receive, isForged: true);
        stream.Frame(isUp: true, handshake);
        await call.WriteAsync(handshake).AsTask().Within("repeating a handshake");
        await PumpDownAsync(stream, call, null).Within("the answer to a repeated handshake");
    }

    public async ValueTask DisposeAsync() => await _server.DisposeAsync().AsTask().Within("stopping the recorder");

    private PeerChannel Client() => PlayedCalls.Channel(_behind().BoundTo, _network.ConnectAsync);

    private async Task ServeAsync(AcceptedCall dialled)
    {
        await using var client = Client();
        var call = client.Receive();
        var stream = _recorder.Opened(_recorder.DiallerTo(_place), _behind().Name, ReplayPeer.Receive, isForged: false);
        stream.Broken.Register(() =>
        {
            // In this order: the dialler may be back before the other end is gone, and its new connection is to live.
            _network.Cut(_place.Door);
            call.Abort();
            _ = client.DisposeAsync();
        });
        var up = PumpUpAsync(stream, dialled, call);
        await PumpDownAsync(stream, call, dialled);
        if (stream.Status is { StatusCode: not StatusCode.OK } status)
        {
            throw new RpcException(status);
        }

        _ = up;
    }

    private static async Task PumpUpAsync(ReleaseRecorder.Stream stream, AcceptedCall from, DialledCall to)
    {
        try
        {
            while (await from.Reader.ReadAsync())
            {
                var message = from.Reader.Message.ToArray();
                if (stream.Frame(isUp: true, message))
                {
                    await to.WriteAsync(message);
                }
            }

            stream.Completed();
            await to.CompleteAsync();
        }
        catch (Exception exception) when (exception is RpcException or IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            stream.WasReset();
            to.Abort();
        }
    }

    private static async Task PumpDownAsync(ReleaseRecorder.Stream stream, DialledCall from, AcceptedCall? to)
    {
        try
        {
            while (await from.Reader.ReadAsync())
            {
                await stream.HeldAsync();
                var message = from.Reader.Message.ToArray();
                stream.Frame(isUp: false, message);
                if (to is not null)
                {
                    await to.WriteAsync(message);
                }
            }

            stream.Ended(Status.DefaultSuccess);
        }
        catch (RpcException exception)
        {
            stream.Ended(exception.Status);
        }
    }
}
