using Remote.Actors;

namespace Remote;

/// <summary>The part that makes a written message count: only here do the tables of the batch grow.</summary>
internal sealed partial class BatchEncoder
{
    private EncodeResult Commit(ref Draft draft, int position, int envelopeSize)
    {
        _position = draft.Fields.WriteAfterPayload(_array, position);
        _payloadWriter.Reset();
        Count++;
        if (draft.NewTypeSize > 0)
        {
            _types.Add(draft.Type);
        }

        if (draft.NewTargetSize > 0)
        {
            AddTarget(draft);
        }

        if (draft.NewSenderSize > 0)
        {
            AddSender(draft);
        }

        return new EncodeResult(EncodeStatus.Added, envelopeSize);
    }

    private void AddTarget(in Draft draft)
    {
        var entry = _targets.Add(draft.Target, draft.TargetHash, draft.NewTargetSize);
        var position = WriteEntryHead(entry, WireFormat.Batch.Targets);
        if (_translation!.PidTargets)
        {
            draft.Target.WriteMessage(entry, position, 0);
        }
        else
        {
            draft.Target.WriteId(entry, position);
        }

        _lastTarget.Remember(draft.TargetPid!, draft.Fields.Target);
    }

    private void AddSender(in Draft draft)
    {
        var entry = _senders.Add(draft.Sender, draft.SenderHash, draft.NewSenderSize);
        draft.Sender.WriteMessage(entry, WriteEntryHead(entry, WireFormat.Batch.Senders), 0);
        _lastSender.Remember(draft.SenderPid!, draft.Fields.Sender);
    }

    /// <summary>Tag and length of an entry that fills the span.</summary>
    private static int WriteEntryHead(Span<byte> entry, byte tag)
    {
        var length = entry.Length - 2;
        while (WireFormat.DelimitedSize(length) > entry.Length)
        {
            length--;
        }

        return WireFormat.WriteField(entry, 0, tag, (uint)length);
    }

    /// <summary>What is known of a message before anything of it counts.</summary>
    private struct Draft
    {
        internal TypeSlot Type;
        internal EnvelopeFields Fields;
        internal int NewTypeSize;
        internal int NewTargetSize;
        internal int NewSenderSize;
        internal int TargetHash;
        internal int SenderHash;
        internal WirePid Target;
        internal WirePid Sender;
        internal PID? TargetPid;
        internal PID? SenderPid;
    }
}
