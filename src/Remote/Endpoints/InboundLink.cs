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

/// <summary>Which end of the stream we are.</summary>
internal enum LinkRole
{
    Dialler,
    Acceptor,
}

/// <summary>
/// Reads one stream after its handshake: decodes batches and delivers them. Waits for nothing but the stream and its own budget.
/// </summary>
internal sealed class InboundLink
{
    private readonly EndpointRecord _record;
    private readonly TimeProvider _time;
    private readonly InboundBudget _budget;
    private readonly BatchDecoder _decoder;
    private readonly InboundRouter _router;
    private bool _holdingBack;

    public InboundLink(RemoteNode node, PeerIdentity peer, Endpoint? endpoint, InboundTranslation translation)
    {
        _record = node.Endpoints.Record(peer.Address);
        _time = node.Time;
        _budget = new InboundBudget(node.Options.Inbound.MaxMessages, node.Options.Inbound.MaxBytes);
        _decoder = new BatchDecoder(node.Serializers, new DecodeLimits(), translation);
        _router = new InboundRouter(node, peer, endpoint, _budget);
    }

    /// <summary>Whether reading is suspended because local mailboxes are full of the peer's messages.</summary>
    public bool IsHoldingBack
    {
        get => Volatile.Read(ref _holdingBack);
        private set => Volatile.Write(ref _holdingBack, value);
    }

    public static InboundTranslation TranslationFor(RemoteNode node, PeerIdentity peer)
    {
        if (peer.IsClient)
        {
            return InboundTranslation.FromClient(peer.SystemId, node.IsOwnAddress);
        }

        return node.Options.ClientOnly
            ? InboundTranslation.AtClient(node.ActorSystem.Id, peer.Address, node.IsOwnAddress)
            : InboundTranslation.FromServer(peer.Address, node.IsOwnAddress);
    }

    public async Task<StreamEnd> ReadAsync(GrpcFrameReader reader, LinkRole role, CancellationToken cancellationToken)
    {
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            do
            {
                if (!Accept(reader.Message, role))
                {
                    return StreamEnd.DisconnectRequested;
                }
            }
            while (reader.TryRead());

            if (_budget.IsExceeded)
            {
                // Not reading is what closes the HTTP/2 window and holds the peer back.
                IsHoldingBack = true;
                await _budget.WaitAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
                IsHoldingBack = false;
            }
        }

        return StreamEnd.EndOfStream;
    }

    /// <summary><see langword="false"/> when the peer wants us to leave.</summary>
    private bool Accept(in ReadOnlySequence<byte> message, LinkRole role)
    {
        if (RemoteFrame.IsBatch(message, out var other))
        {
            var batch = _decoder.Decode(message, _router);
            _router.Settle();
            _record.Seen(batch.Count, message.Length, _time.GetUtcNow());
            return true;
        }

        return other.MessageTypeCase switch
        {
            Wire.RemoteMessage.MessageTypeOneofCase.DisconnectRequest when role == LinkRole.Dialler => false,

            // Its bytes have been counted; that was all it had to say.
            Wire.RemoteMessage.MessageTypeOneofCase.Heartbeat => true,

            // Later versions may add messages that we have not negotiated; an empty one means nothing.
            Wire.RemoteMessage.MessageTypeOneofCase.None => true,
            _ => throw new MalformedFrameException($"A {other.MessageTypeCase} has no place after the handshake."),
        };
    }
}
