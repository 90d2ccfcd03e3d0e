namespace Remote;

/// <summary>From what was taken to a finished frame: control first, then user messages as far as credit goes.</summary>
internal sealed partial class EndpointWriter
{
    private void EncodeControl()
    {
        while (_controlNext < _controlEnd && EncodeControl(ref _control[_controlNext]))
        {
            _controlNext++;
        }
    }

    private bool EncodeControl(ref RemoteDelivery delivery)
    {
        var result = _encoder.TryAdd(in delivery, long.MaxValue);
        switch (result.Status)
        {
            case EncodeStatus.BatchFull:
                return false;
            case EncodeStatus.Added when _link is not null:
                (_retained ??= _link.Rent()).Add(in delivery, result.Size);
                break;
            case EncodeStatus.Added:
                break;
            default:
                _owner.Refuse(in delivery, result);
                break;
        }

        delivery = default;
        return true;
    }

    private void EncodeUser()
    {
        // A control message that found no room waits for the next batch, and user messages wait behind it.
        if (_controlNext < _controlEnd)
        {
            return;
        }

        // What was added is kept by the run: a copy of each message by itself would cost more than its encoding.
        var (messages, bytes) = _credit;
        var (first, before) = (_userNext, bytes);
        while (messages > 0 && _userNext < _userEnd)
        {
            ref var delivery = ref _user[_userNext];
            var result = IsExpired(in delivery) ? new EncodeResult(EncodeStatus.Expired) : _encoder.TryAdd(in delivery, bytes);
            if (result.Status == EncodeStatus.Added)
            {
                messages--;
                bytes -= result.Size;
                _userNext++;
                continue;
            }

            Keep(_user.AsSpan(first.._userNext), before - bytes);
            (first, before) = (_userNext, bytes);
            if (result.Status is EncodeStatus.BatchFull or EncodeStatus.NoCredit)
            {
                _creditNeeded = result.Status == EncodeStatus.NoCredit ? result.Size : _creditNeeded;
                return;
            }

            Refuse(ref delivery, result);
            first = ++_userNext;
        }

        Keep(_user.AsSpan(first.._userNext), before - bytes);
    }

    /// <summary>Whether nobody wants the message any more. One without sender and headers costs two comparisons.</summary>
    private bool IsExpired(in RemoteDelivery delivery) =>
        (delivery.Sender is not null || delivery.Headers is not null) && _owner.IsExpired(in delivery);

    /// <summary>Messages that lie side by side were added to the batch.</summary>
    private void Keep(Span<RemoteDelivery> added, long bytes)
    {
        if (added.IsEmpty)
        {
            return;
        }

        _creditNeeded = 0;
        if (_link is null)
        {
            _outcome.Written += added.Length;
        }
        else
        {
            (_retained ??= _link.Rent()).AddUser(added, bytes);
            _outcome.Retained += added.Length;
        }

        added.Clear();
    }

    private void Refuse(ref RemoteDelivery delivery, in EncodeResult result)
    {
        _creditNeeded = 0;
        switch (result.Status)
        {
            case EncodeStatus.Expired:
                _outcome.Expired++;
                _owner.Refuse(in delivery, Actors.DeadLetterReason.Expired);
                break;
            case EncodeStatus.TooLarge:
                _outcome.TooLarge++;
                _owner.Refuse(in delivery, result);
                break;
            case EncodeStatus.Fault:
                _outcome.Faulted++;
                _owner.Refuse(in delivery, result);
                break;
            default:
                _outcome.NotSerializable++;
                _owner.Refuse(in delivery, result);
                break;
        }

        delivery = default;
    }

    private ReadOnlyMemory<byte> Finish()
    {
        var batch = _encoder.Finish(_link?.NextSequence ?? 0);
        var memory = batch.Memory;
        _outcome.Batches++;
        _outcome.Bytes += memory.Length;
        if (_retained is not { } retained)
        {
            _plain = batch;
            return memory;
        }

        // Retained before it is written: its acknowledgement may come before the write says that it is complete.
        _retained = null;
        var outcome = _outcome;
        _outcome = default;
        _mailbox.Retain(retained, batch, outcome);
        return memory;
    }

    private void ReleasePlain()
    {
        _plain.Dispose();
        _plain = default;
    }
}
