namespace Remote;

/// <summary>
/// Makes the batches of one stream out of the messages that the writer has taken: control first, then user messages as far as credit goes.
/// Guarded by the writer role.
/// </summary>
/// <param name="mailbox">Is told the fate of the messages.</param>
/// <param name="hold">The messages taken.</param>
/// <param name="encoder">Encodes.</param>
/// <param name="owner">Is told of messages that cannot be sent.</param>
internal sealed class BatchFiller(EndpointWriterMailbox mailbox, WriterHold hold, BatchEncoder encoder, IEndpointWriterOwner owner) : IDisposable
{
    private WriterOutcome _outcome;
    private Batch? _plain;
    private Batch? _retained;

    /// <summary>Fills a batch.</summary>
    /// <param name="translation">How PIDs are written towards the peer.</param>
    /// <param name="frame">The batch to write, which is retained if the stream carries a link.</param>
    /// <returns><see langword="false"/> when no message taken is left, or the next message needs more credit.</returns>
    public bool TryFill(OutboundTranslation translation, out ReadOnlyMemory<byte> frame)
    {
        RefuseSlow();
        encoder.Begin(translation);
        FillControl();
        if (!hold.HasControl)
        {
            FillUser();
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

    private void RefuseSlow()
    {
        foreach (var delivery in hold.Refused ?? [])
        {
            owner.Refuse(delivery, RemoteDeadLetterReasons.QueueFull);
        }

        hold.Refused = null;
    }

    private void FillControl()
    {
        var done = 0;
        var control = hold.Control;
        while (done < control.Length && TryFillControl(in control[done]))
        {
            done++;
        }

        hold.DropControl(done);
    }

    private bool TryFillControl(in RemoteDelivery delivery)
    {
        var result = encoder.TryAdd(in delivery, long.MaxValue);
        switch (result.Status)
        {
            case EncodeStatus.BatchFull:
                return false;
            case EncodeStatus.Added when hold.Sequence != 0:
                (_retained ??= encoder.Rent()).AddControl(in delivery);
                break;
            case EncodeStatus.Added:
                break;
            default:
                owner.Refuse(in delivery, result);
                break;
        }

        return true;
    }

    private void FillUser()
    {
        // Messages are kept by the run: a copy of each by itself would cost more than its encoding.
        var user = hold.User;
        var (messages, bytes) = hold.Credit;
        var (first, next, before) = (0, 0, bytes);
        while (messages > 0 && next < user.Length)
        {
            ref var delivery = ref user[next];
            var result = IsExpired(in delivery) ? new EncodeResult(EncodeStatus.Expired) : encoder.TryAdd(in delivery, bytes);
            if (result.Status == EncodeStatus.Added)
            {
                messages--;
                bytes -= result.Size;
                next++;
                continue;
            }

            Keep(user[first..next], before - bytes);
            (first, before) = (next, bytes);
            if (result.Status is EncodeStatus.BatchFull or EncodeStatus.NoCredit)
            {
                hold.CreditNeeded = result.Status == EncodeStatus.NoCredit ? result.Size : hold.CreditNeeded;
                break;
            }

            Refuse(in delivery, result);
            first = ++next;
        }

        Keep(user[first..next], before - bytes);
        hold.DropUser(next);
    }

    /// <summary>Whether the message has expired. One without sender and headers costs two comparisons.</summary>
    private bool IsExpired(in RemoteDelivery delivery) =>
        (delivery.Sender is not null || delivery.Headers is not null) && owner.IsExpired(in delivery);

    /// <summary>Messages that lie side by side were added to the batch.</summary>
    private void Keep(ReadOnlySpan<RemoteDelivery> added, long bytes)
    {
        if (added.IsEmpty)
        {
            return;
        }

        hold.CreditNeeded = 0;
        if (hold.Sequence == 0)
        {
            _outcome.Written += added.Length;
        }
        else
        {
            (_retained ??= encoder.Rent()).AddUser(added, bytes);
            _outcome.Retained += added.Length;
        }
    }

    private void Refuse(in RemoteDelivery delivery, in EncodeResult result)
    {
        hold.CreditNeeded = 0;
        switch (result.Status)
        {
            case EncodeStatus.Expired:
                _outcome.Expired++;
                owner.Refuse(in delivery, Actors.DeadLetterReason.Expired);
                return;
            case EncodeStatus.TooLarge:
                _outcome.TooLarge++;
                break;
            case EncodeStatus.Fault:
                _outcome.Faulted++;
                break;
            default:
                _outcome.NotSerializable++;
                break;
        }

        owner.Refuse(in delivery, result);
    }

    private ReadOnlyMemory<byte> Finish()
    {
        var batch = encoder.Finish(hold.Sequence, _retained);
        _plain = _retained is null ? batch : null;
        _outcome.Batches++;
        _outcome.Bytes += batch.Memory.Length;
        return batch.Memory;
    }
}
