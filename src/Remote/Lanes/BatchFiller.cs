namespace Remote;

/// <summary>
/// Makes the batches of one stream out of the messages that the writer has taken: control first, then priority messages, then user
/// messages, each as far as credit goes. Guarded by the writer role.
/// </summary>
internal sealed class BatchFiller(EndpointWriterMailbox mailbox, WriterHold hold, BatchEncoder encoder, UnsentMessages unsent) : IDisposable
{
    private WriterOutcome _outcome;
    private bool _isPriority;
    private Batch? _plain;
    private Batch? _retained;

    /// <summary>How many messages the last batch held.</summary>
    public int Count { get; private set; }

    /// <summary>Fills the next batch, which is retained if the stream carries a link.</summary>
    /// <returns><see langword="false"/> when no message taken is left, or the next message needs more credit.</returns>
    public bool TryFill(OutboundTranslation translation, out ReadOnlyMemory<byte> frame)
    {
        if (hold.Refused.Count > 0)
        {
            hold.Refused.ForEach(delivery => unsent.Refuse(delivery, DeadLetterReason.QueueFull));
            hold.Refused = [];
        }

        encoder.Begin(translation);
        FillControl();
        if (hold.Control.IsEmpty)
        {
            FillPriority();
        }

        if (hold.Control.IsEmpty && !hold.IsControlLeft && !_isPriority && (hold.Priority.IsEmpty || !hold.MayPriorityUseCredit))
        {
            Fill(hold.User, hold.Credit);
        }

        var hasBatch = encoder.Count > 0;
        frame = hasBatch ? Finish() : default;
        if (hasBatch || _outcome.Settled > 0)
        {
            // Before it is written: its acknowledgement may come before the write says that it is complete.
            mailbox.Publish(_retained, _outcome);
            _retained = null;
            _outcome = default;
        }

        return hasBatch;
    }

    /// <summary>The frame was written, or will never be: memory that nothing else keeps goes back.</summary>
    public void Release()
    {
        _plain?.Release();
        _plain = null;
    }

    /// <summary>Gives back the memory that was meant for the next batch.</summary>
    public void Dispose() => encoder.Dispose();

    private void FillControl()
    {
        var done = 0;
        var control = hold.Control.Items;
        while (done < control.Length && TryFillControl(in control[done]))
        {
            done++;
        }

        hold.Control.Drop(done);
    }

    private bool TryFillControl(in RemoteDelivery delivery)
    {
        var result = encoder.TryAdd(in delivery);
        if (result.Status is not (EncodeStatus.Added or EncodeStatus.BatchFull))
        {
            unsent.Refuse(in delivery, result);
        }
        else if (result.Status == EncodeStatus.Added && hold.Sequence != 0)
        {
            (_retained ??= encoder.Rent()).AddControl(in delivery);
        }

        return result.Status != EncodeStatus.BatchFull;
    }

    private void FillPriority()
    {
        // Those paid for with credit of their own have a batch for themselves, which says so.
        var before = encoder.Count;
        Fill(hold.Priority, hold.PriorityCredit);
        _isPriority = encoder.Count > before;
        if (!_isPriority && hold.MayPriorityUseCredit)
        {
            hold.Credit = Fill(hold.Priority, hold.Credit);
        }
    }

    /// <summary>Adds messages as far as credit goes, and returns what is left of it.</summary>
    private LinkCredit Fill(TakenMessages taken, LinkCredit credit)
    {
        // Messages are kept by the run: a copy of each by itself would cost more than its encoding.
        var items = taken.Items;
        var (messages, bytes) = credit;
        var (first, next, before) = (0, 0, bytes);
        while (messages > 0 && next < items.Length)
        {
            ref var delivery = ref items[next];
            var result = unsent.IsExpired(in delivery) ? new EncodeResult(EncodeStatus.Expired) : encoder.TryAdd(in delivery, bytes);
            if (result.Status == EncodeStatus.Added)
            {
                messages--;
                bytes -= result.Size;
                next++;
                continue;
            }

            Keep(taken, items[first..next], before - bytes);
            (first, before) = (next, bytes);
            if (result.Status is EncodeStatus.BatchFull or EncodeStatus.NoCredit)
            {
                taken.CreditNeeded = result.Status == EncodeStatus.NoCredit ? result.Size : taken.CreditNeeded;
                break;
            }

            taken.CreditNeeded = 0;
            (_outcome.GivenUp ??= []).Add(unsent.Refuse(in delivery, result));
            Settle(taken, items.Slice(next, 1));
            first = ++next;
        }

        Keep(taken, items[first..next], before - bytes);
        taken.Drop(next);
        return new LinkCredit(messages, bytes);
    }

    /// <summary>Messages that lie side by side were added to the batch.</summary>
    private void Keep(TakenMessages taken, ReadOnlySpan<RemoteDelivery> added, long bytes)
    {
        if (added.IsEmpty)
        {
            return;
        }

        taken.CreditNeeded = 0;
        if (hold.Sequence == 0)
        {
            _outcome.Written += added.Length;
        }
        else
        {
            (_retained ??= encoder.Rent()).AddUser(added, bytes);
            _outcome.Retained += added.Length;
        }

        Settle(taken, added);
    }

    /// <summary>Notes which lane the messages leave.</summary>
    private void Settle(TakenMessages taken, ReadOnlySpan<RemoteDelivery> settled)
    {
        if (taken == hold.Priority)
        {
            _outcome.Priority += settled.Length;
        }
        else if (hold.IsPriorityElsewhere)
        {
            foreach (ref readonly var delivery in settled)
            {
                if (delivery.IsPriority)
                {
                    (_outcome.PriorityElsewhere ??= []).Add(delivery.Target.Id);
                }
            }
        }
    }

    private ReadOnlyMemory<byte> Finish()
    {
        var messages = encoder.Count;
        var batch = encoder.Finish(hold.Sequence, _retained, _isPriority);
        _isPriority = false;
        Count = messages;
        _plain = _retained is null ? batch : null;
        _outcome.Batches++;
        _outcome.Bytes += batch.Memory.Length;
        return batch.Memory;
    }
}
