using Remote.Actors;
using Remote.Transport;

namespace Remote;

/// <summary>Nodes without a listener: payload flows both ways on the one stream that they open.</summary>
internal sealed partial class EndpointReader
{
    private async Task ServeClientAsync(InboundStream inbound)
    {
        var peer = inbound.Peer;
        var endpoint = new Endpoint(node, node.Endpoints.Record(peer.Address), start: null) { PeerSystemId = peer.SystemId };
        endpoint.ControlOverflowed = () => inbound.Stream.Abort();
        if (!endpoint.TryClaim() || !node.Endpoints.TryAddClient(endpoint))
        {
            throw new GrpcException(GrpcStatusCode.AlreadyExists, $"A client with the id {peer.SystemId} is connected.");
        }

        var why = EndpointTerminatedReason.ClientLost;
        try
        {
            await AcceptAsync(inbound).ConfigureAwait(false);
            RemoteLog.ClientConnected(node.Log, peer.Address);
            _streams[inbound] = true;
            why = await FlowAsync(inbound, endpoint).ConfigureAwait(false);
        }
        finally
        {
            endpoint.IsBlockedHere = node.Blockade.IsBlocked(peer.SystemId, peer.Address);
            why = endpoint.IsBlockedHere ? EndpointTerminatedReason.Blocked : why;
            endpoint.Close(why, ReasonOf(why), TimeSpan.Zero);
            node.Endpoints.Ended(endpoint);
        }
    }

    private static DeadLetterReason ReasonOf(EndpointTerminatedReason why) => why switch
    {
        EndpointTerminatedReason.Shutdown => DeadLetterReason.Shutdown,
        EndpointTerminatedReason.Blocked => RemoteDeadLetterReasons.Blocked,
        _ => RemoteDeadLetterReasons.EndpointClosed,
    };

    /// <summary>Payload both ways on one stream.</summary>
    private async Task<EndpointTerminatedReason> FlowAsync(InboundStream inbound, Endpoint endpoint)
    {
        var peer = inbound.Peer;
        var pidTargets = node.Endpoints.DialectOf(peer.Address, peer.SystemId);
        var connection = EndpointConnection.Accepted(inbound.Stream, peer, OutboundTranslation.FromServer(node.Address, peer.Address, pidTargets));
        var writer = endpoint.Attach(connection);
        endpoint.Record.Connected(peer.SystemId, again: false, node.Time.GetUtcNow());
        node.Publish(new EndpointConnected(peer.Address, peer.SystemId));
        using var readStop = new CancellationTokenSource();
        var reader = new PayloadReader(node, peer, endpoint);
        using var pulse = new StreamPulse(node, peer.Capabilities, inbound.Stream.Reader, reader, writer);
        var reading = reader.ReadAsync(inbound.Stream.Reader, StreamRole.Acceptor, readStop.Token);
        try
        {
            var first = await Task.WhenAny(reading, writer.Stopped, LeavingAsync(inbound), pulse.Dead).ConfigureAwait(false);
            if (first == reading)
            {
                await reading.ConfigureAwait(false);
                return EndpointTerminatedReason.PeerLeft;
            }

            if (first == writer.Stopped || first == pulse.Dead)
            {
                endpoint.ReportUnconfirmed();
                return EndpointTerminatedReason.ClientLost;
            }

            await LeaveAsync(inbound, endpoint, writer, reading).ConfigureAwait(false);
            return EndpointTerminatedReason.Shutdown;
        }
        catch (GrpcException exception) when (exception.Status.Code is GrpcStatusCode.Unavailable or GrpcStatusCode.Cancelled)
        {
            endpoint.ReportUnconfirmed();
            return EndpointTerminatedReason.ClientLost;
        }
        finally
        {
            await readStop.CancelAsync().ConfigureAwait(false);
            var detached = endpoint.DetachAsync(writer);
            if (!detached.IsCompleted && !writer.Stopped.IsCompleted)
            {
                // A write that the client does not take in would hold the writer for ever.
                inbound.Stream.Abort();
            }

            await detached.ConfigureAwait(false);
            endpoint.Record.Disconnected(error: null);
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LeaveAsync(InboundStream inbound, Endpoint endpoint, EndpointWriter writer, Task<StreamEnd> reading)
    {
        using var deadline = new CancellationTokenSource(node.Options.ShutdownTimeout, node.Time);
        var expired = Task.Delay(Timeout.InfiniteTimeSpan, node.Time, deadline.Token);
        if (await Task.WhenAny(endpoint.DrainAsync(DeadLetterReason.Shutdown), writer.Stopped, expired).ConfigureAwait(false) == expired)
        {
            return;
        }

        // Both lanes are empty and nothing is taken any more: the stream is ours to write.
        await inbound.Stream.WriteFrameAsync(Handshake.Disconnect()).ConfigureAwait(false);
        await Task.WhenAny(reading, expired).ConfigureAwait(false);
    }
}
