using System.Buffers;
using Remote.Transport;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>How a stream that was read to its end ended.</summary>
internal enum StreamEnd
{
    /// <summary>The peer half-closed.</summary>
    EndOfStream,

    /// <summary>The peer asked us to leave.</summary>
    DisconnectRequested,
}

/// <summary>The two ends of a stream.</summary>
internal enum StreamRole
{
    Dialler,
    Acceptor,
}

/// <summary>
/// Reads one stream after its handshake: decodes batches and delivers them. Waits for nothing but the stream and its own budget.
/// </summary>
internal sealed class PayloadReader
{
    private readonly StreamPeer _peer;
    private readonly TimeProvider _time;
    private readonly IInboundFlow _flow;
    private readonly LinkInflow? _inflow;
    private readonly BatchDecoder _decoder;
    private readonly InboundRouter _router;
    private readonly BlockList _blockList;
    private readonly InboundLinks _links;
    private int _blockVersion = -1;
    private bool _holdingBack;

    /// <param name="context">The context.</param>
    /// <param name="peer">The other end of the stream.</param>
    /// <param name="inflow">The link that the stream carries towards us; <see langword="null"/> for none.</param>
    /// <param name="links">Counts the messages that a stream without a link leaves in mailboxes.</param>
    /// <param name="blockList">Looked at again before each frame.</param>
    public PayloadReader(NodeContext context, StreamPeer peer, LinkInflow? inflow, InboundLinks links, BlockList blockList)
    {
        (_peer, _inflow, _links, _blockList) = (peer, inflow, links, blockList);
        _time = context.Time;
        _flow = inflow ?? (IInboundFlow)new InboundBudget(context.Options.Inbound.MaxMessages, context.Options.Inbound.MaxBytes);
        _decoder = new BatchDecoder(context.Serializers, TranslationFor(context, peer.Identity));
        _router = new InboundRouter(context, peer, _flow);
    }

    /// <summary>Cancelled when the stream is lost, for a reader that is not reading.</summary>
    public CancellationToken StreamLost { get; init; }

    /// <summary>Whether reading is suspended because local mailboxes are full of the peer's messages.</summary>
    public bool IsHoldingBack
    {
        get => Volatile.Read(ref _holdingBack);
        private set => Volatile.Write(ref _holdingBack, value);
    }

    private static InboundTranslation TranslationFor(NodeContext context, PeerIdentity peer)
    {
        if (peer.IsClient)
        {
            return InboundTranslation.FromClient(peer.SystemId, context.IsOwnAddress);
        }

        return context.Options.ClientOnly
            ? InboundTranslation.AtClient(context.ActorSystem.Id, peer.Address, context.IsOwnAddress)
            : InboundTranslation.FromServer(peer.Address, context.IsOwnAddress);
    }

    public async Task<StreamEnd> ReadAsync(GrpcFrameReader reader, StreamRole role, CancellationToken cancellationToken)
    {
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            do
            {
                ThrowIfBlocked();
                if (!Accept(reader.Message, role))
                {
                    return StreamEnd.DisconnectRequested;
                }
            }
            while (reader.TryRead());

            if (_flow.IsExceeded)
            {
                await HoldBackAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        return StreamEnd.EndOfStream;
    }

    /// <summary>Stops reading. That closes the HTTP/2 window (decision page 0010), and hides the end of the stream.</summary>
    private async Task HoldBackAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, StreamLost);
        IsHoldingBack = true;
        try
        {
            await _flow.WaitAsync().WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new GrpcException(GrpcStatusCode.Unavailable, "The stream was lost while the peer was held back.");
        }

        IsHoldingBack = false;
    }

    /// <summary>The stream is over and nothing is read any more. Its messages in mailboxes count on; a link's with the link.</summary>
    public void End()
    {
        if (_flow is InboundBudget budget)
        {
            _links.Leave(budget);
        }
    }

    /// <summary>Lets no frame pass once the peer is blocked (decision page 0016). Costs a comparison unless the list changed.</summary>
    /// <exception cref="GrpcException">The peer is blocked.</exception>
    private void ThrowIfBlocked()
    {
        var version = _blockList.Version;
        if (version != _blockVersion)
        {
            _blockVersion = version;
            if (_blockList.Find(_peer.Identity.SystemId, _peer.Address) is not null)
            {
                throw new GrpcException(GrpcStatusCode.Cancelled, "The peer was blocked.");
            }
        }
    }

    /// <summary><see langword="false"/> when the peer wants us to leave.</summary>
    private bool Accept(in ReadOnlySequence<byte> message, StreamRole role)
    {
        if (_peer.Endpoint is not null && LinkFrames.TryReadAck(message, out var ack))
        {
            _peer.Record.Seen(_time.GetUtcNow());
            _peer.Endpoint.Acknowledge(ack);
            return true;
        }

        if (RemoteFrame.IsBatch(message, out var other))
        {
            _decoder.Decode(message, _router);
            _peer.Record.Received(_router.Tally, message.Length, _time.GetUtcNow());
            _router.Settle();
            return true;
        }

        _peer.Record.Seen(_time.GetUtcNow());
        return AcceptOther(other, role);
    }

    private bool AcceptOther(Wire.RemoteMessage message, StreamRole role)
    {
        switch (message.MessageTypeCase)
        {
            case Wire.RemoteMessage.MessageTypeOneofCase.DisconnectRequest when role == StreamRole.Dialler:
                return false;
            case Wire.RemoteMessage.MessageTypeOneofCase.Acknowledgement when _peer.Endpoint is not null:
                _peer.Endpoint.Acknowledge(LinkFrames.Read(message.Acknowledgement));
                return true;
            case Wire.RemoteMessage.MessageTypeOneofCase.TargetPause when _peer.Endpoint is not null:
                _peer.Endpoint.PauseTarget(message.TargetPause.TargetId, message.TargetPause.Paused);
                return true;
            case Wire.RemoteMessage.MessageTypeOneofCase.Leave when _inflow is not null:
                _inflow.Leave(message.Leave.FinalSequence);
                return true;

            // Their bytes have been counted, and they carry nothing else.
            case Wire.RemoteMessage.MessageTypeOneofCase.Heartbeat:
            case Wire.RemoteMessage.MessageTypeOneofCase.HeartbeatEcho:
                return true;

            // Later versions may add messages that we have not negotiated; an empty one means nothing.
            case Wire.RemoteMessage.MessageTypeOneofCase.None:
                return true;
            default:
                throw new MalformedFrameException($"A {message.MessageTypeCase} has no place here.");
        }
    }
}
