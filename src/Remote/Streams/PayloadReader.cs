using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>
/// Reads one stream after its handshake: decodes batches and delivers them. Waits for nothing but the stream and its flow, which is the
/// link that it carries towards us or a budget of its own. While it waits for that, a token tells it that the stream is lost.
/// </summary>
internal sealed class PayloadReader(
    NodeContext context, StreamPeer peer, InboundFlow flow, InboundLinks links, PeerBlockList blockList, LearnedPids learned, CancellationToken lost)
{
    private readonly BatchDecoder _decoder =
        new(context.Serializers, TranslationFor(context, peer, learned), InboundLimits.Of(context.Options.Inbound));

    private readonly InboundRouter _router = new(context, peer, flow);
    private int _blockVersion = -1;
    private volatile bool _holdingBack;

    /// <summary>Whether reading is suspended because local mailboxes are full of the peer's messages.</summary>
    public bool IsHoldingBack => _holdingBack;

    /// <summary>
    /// What goes out on the same stream: heartbeats are sent back there. <see langword="null"/> on a stream without them. Set before the
    /// stream is read.
    /// </summary>
    public FrameWriter? Frames { get; set; }

    /// <returns>Whether the peer asked us to leave; false when it half-closed.</returns>
    public async Task<bool> ReadAsync(FrameReader reader, CancellationToken cancellationToken)
    {
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            ThrowIfBlocked();
            if (!Accept(reader.Message.Span))
            {
                return true;
            }

            // User messages of a link are held back by credit, and not here.
            if (flow.IsExceeded)
            {
                await HoldBackAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        return false;
    }

    /// <summary>Stops reading. That closes the HTTP/2 window (decision page 0010), and hides the end of the stream.</summary>
    private async Task HoldBackAsync(CancellationToken cancellationToken)
    {
        if (flow.IsFullOfControl)
        {
            context.Refusals.Count(Limit.WaitingControl, context.Log, peer.Address);
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lost);
        _holdingBack = true;
        var goesOn = flow.WaitAsync();
        try
        {
            // A heartbeat that fails is all that is heard of the loss of a stream that this node has dialled.
            var first = Frames is null ? goesOn : await Task.WhenAny(goesOn, Frames.Broken).WaitAsync(either.Token).ConfigureAwait(false);
            await first.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw LostUnread();
        }

        if (!goesOn.IsCompleted)
        {
            throw LostUnread();
        }

        _holdingBack = false;
    }

    private static Exception LostUnread() => CallFailure.Of(StatusCode.Unavailable, "The stream was lost while the peer was held back.");

    /// <summary>The stream is over and nothing is read any more. Its messages in mailboxes count on, those of a link with it.</summary>
    public void End()
    {
        if (flow is InboundBudget)
        {
            links.Release(flow);
        }
    }

    /// <summary>Lets no frame pass once the peer is blocked (decision page 0016). Costs a comparison unless the list changed.</summary>
    /// <exception cref="RpcException">The peer is blocked.</exception>
    private void ThrowIfBlocked()
    {
        var version = blockList.Version;
        if (version != _blockVersion)
        {
            _blockVersion = version;
            if (blockList.Find(peer.Identity.SystemId, peer.Address) is not null)
            {
                throw CallFailure.Of(StatusCode.Cancelled, "The peer was blocked.");
            }
        }
    }

    /// <summary><see langword="false"/> when the peer wants us to leave.</summary>
    private bool Accept(ReadOnlySpan<byte> message)
    {
        if (peer.Endpoint is not null && LinkFrames.TryReadAck(message, out var ack))
        {
            peer.Record.Seen(context.Time.GetUtcNow());
            peer.Endpoint.Acknowledge(ack);
            return true;
        }

        if (RemoteFrame.IsBatch(message, out var other))
        {
            ThrowIfNotToComeHere();
            _decoder.Decode(message, _router);
            peer.Record.Received(_router.Tally, message.Length, context.Time.GetUtcNow());
            _router.Settle();
            return true;
        }

        peer.Record.Seen(context.Time.GetUtcNow());
        return AcceptOther(other);
    }

    /// <summary>
    /// A node with a listener takes messages in from those that dialled it and were let in. The peer that it dialled itself was not asked whether
    /// it may send any, and whoever gets a node to dial it chooses that peer.
    /// </summary>
    private void ThrowIfNotToComeHere()
    {
        if (peer.IsDialled && !context.IsClient)
        {
            throw new MalformedFrameException(
                "A MessageBatch has no place on a stream that this node opened: it has a listener, and messages come in on streams that were opened to that.");
        }
    }

    private bool AcceptOther(Wire.RemoteMessage message)
    {
        switch (message.MessageTypeCase)
        {
            case Wire.RemoteMessage.MessageTypeOneofCase.DisconnectRequest when peer.IsDialled:
                return false;
            case Wire.RemoteMessage.MessageTypeOneofCase.Acknowledgement when peer.Endpoint is not null:
                peer.Endpoint.Acknowledge(LinkFrames.Read(message.Acknowledgement));
                return true;
            case Wire.RemoteMessage.MessageTypeOneofCase.TargetPause when peer.Endpoint is not null:
                peer.Endpoint.PauseTarget(message.TargetPause.TargetId, message.TargetPause.Paused);
                return true;
            case Wire.RemoteMessage.MessageTypeOneofCase.Leave when flow is LinkInflow inflow:
                inflow.Leave(message.Leave.FinalSequence);
                return true;

            // As a sign of life it carries nothing but its bytes, which have been counted.
            case Wire.RemoteMessage.MessageTypeOneofCase.Heartbeat:
                if (message.Heartbeat.Number != 0)
                {
                    Frames?.SendEcho(message.Heartbeat.Number);
                }

                return true;
            case Wire.RemoteMessage.MessageTypeOneofCase.HeartbeatEcho:
                Frames?.Heartbeats?.Echoed(message.HeartbeatEcho.Number);
                return true;

            // Later versions may add messages that we have not negotiated; an empty one means nothing.
            case Wire.RemoteMessage.MessageTypeOneofCase.None:
                return true;
            default:
                throw new MalformedFrameException($"A {message.MessageTypeCase} has no place here.");
        }
    }

    private static InboundTranslation TranslationFor(NodeContext context, StreamPeer peer, LearnedPids learned) =>
        new(peer.Address, context.Address, context.IsClient, context.IsOwnAddress)
        {
            Mark = learned.Mark,
            MarkPart = learned.MarkPart,
            Admit = pid => OwnPids.Admit(context, pid),
        };
}
