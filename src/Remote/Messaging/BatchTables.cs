using System.Runtime.CompilerServices;

namespace Remote;

/// <summary>The tables of the batch that is being written: type names and targets, which stand before the envelopes, and senders behind them.</summary>
internal sealed class BatchTables(SerializerRegistry registry)
{
    private readonly TypeNameTable _types = new(registry);
    private readonly WirePidTable _targets = new(WireFormat.Batch.Targets);
    private readonly WirePidTable _senders = new(WireFormat.Batch.Senders);

    /// <summary>Bytes of the tables before the envelopes.</summary>
    internal int SizeBefore => _types.Size + _targets.Size;

    /// <summary>Bytes of the table behind them.</summary>
    internal int SizeBehind => _senders.Size;

    /// <summary>A batch begins, whose PIDs are written in this way.</summary>
    internal void Begin(OutboundTranslation translation)
    {
        _targets.Begin(translation);
        _senders.Begin(translation);
    }

    /// <inheritdoc cref="TypeNameTable.Find"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal TypeSlot? FindType(object message) => _types.Find(message);

    /// <inheritdoc cref="TypeNameTable.SlotOf"/>
    internal TypeSlot SlotOf(OutboundType type) => _types.SlotOf(type);

    /// <summary>Finds the indices of a message in the tables. What is new only counts when it is added.</summary>
    /// <remarks>Inlined: with the encoding of a protobuf message it is a fifth of what encoding an empty request costs.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Fill(in RemoteDelivery delivery, ref EnvelopeDraft draft)
    {
        draft.Fields.TypeId = _types.IndexOf(draft.Type);
        draft.Fields.SerializerId = draft.Type.Type.SerializerId;
        draft.Fields.Target = _targets.Find(delivery.Target, ref draft.Target);
        draft.Fields.TargetRequestId = delivery.Target.RequestId;
        if (draft.Type.Type.IsSystem)
        {
            return;
        }

        if (delivery.Sender is { } sender)
        {
            // On the wire senders count from 1, because 0 means none.
            draft.Fields.Sender = 1 + _senders.Find(sender, ref draft.Sender);
            draft.Fields.SenderRequestId = sender.RequestId;
        }

        if (!delivery.IsPlain)
        {
            draft.Fields.SetHeaders(delivery.OwnHeaders, delivery.Traced);
        }
    }

    /// <inheritdoc cref="SizeBefore"/>
    internal int SizeBeforeWith(in EnvelopeDraft draft) => _types.SizeWith(draft.Type) + _targets.Size + draft.Target.Size;

    /// <inheritdoc cref="SizeBehind"/>
    internal int SizeBehindWith(in EnvelopeDraft draft) => _senders.Size + draft.Sender.Size;

    /// <summary>The message is in the batch: what it brought counts.</summary>
    internal void Add(in EnvelopeDraft draft)
    {
        _types.Add(draft.Type);
        _targets.Add(draft.Target);
        _senders.Add(draft.Sender);
    }

    internal void WriteBefore(byte[] destination, int position)
    {
        position = _types.Write(destination, position);
        _targets.Bytes.CopyTo(destination.AsSpan(position));
    }

    internal void WriteBehind(byte[] destination, int position) => _senders.Bytes.CopyTo(destination.AsSpan(position));

    internal void Clear()
    {
        _types.Clear();
        _targets.Clear();
        _senders.Clear();
    }
}

/// <summary>A message before anything of it counts.</summary>
internal struct EnvelopeDraft
{
    internal TypeSlot Type;
    internal EnvelopeFields Fields;
    internal NewPid Target;
    internal NewPid Sender;
    internal long Credit;
}
