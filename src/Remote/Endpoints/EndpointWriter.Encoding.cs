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
        if (delivery.Message is not HeartbeatDue)
        {
            return TryEncode(ref delivery, long.MaxValue, out _);
        }

        _heartbeatDue = true;
        return true;
    }

    private void EncodeUser()
    {
        // A control message that found no room waits for the next batch, and user messages wait behind it.
        if (_controlNext < _controlEnd)
        {
            return;
        }

        var (messages, bytes) = _credit;
        while (messages > 0 && _userNext < _userEnd && (TryExpire(ref _user[_userNext], out var result) || TryEncode(ref _user[_userNext], bytes, out result)))
        {
            _userNext++;
            _creditNeeded = 0;
            switch (result.Status)
            {
                case EncodeStatus.Expired:
                    _outcome.Expired++;
                    break;
                case EncodeStatus.Added:
                    messages--;
                    bytes -= result.Size;
                    _outcome.Written += _link is null ? 1 : 0;
                    _outcome.Retained += _link is null ? 0 : 1;
                    break;
                case EncodeStatus.TooLarge:
                    _outcome.TooLarge++;
                    break;
                default:
                    _outcome.NotSerializable++;
                    break;
            }
        }
    }

    /// <summary>Gives up a message that nobody wants any more. A message without sender and headers costs two comparisons.</summary>
    private bool TryExpire(ref RemoteDelivery delivery, out EncodeResult result)
    {
        result = new EncodeResult(EncodeStatus.Expired);
        if ((delivery.Sender is null && delivery.Headers is null) || !_owner.IsExpired(in delivery))
        {
            return false;
        }

        _owner.Refuse(in delivery, Actors.DeadLetterReason.Expired);
        delivery = default;
        return true;
    }

    /// <summary>Adds one message to the batch, or refuses it for good; <see langword="false"/> when it has to wait for another one.</summary>
    private bool TryEncode(ref RemoteDelivery delivery, long credit, out EncodeResult result)
    {
        result = _encoder.TryAdd(in delivery, credit);
        switch (result.Status)
        {
            case EncodeStatus.BatchFull:
                return false;
            case EncodeStatus.NoCredit:
                _creditNeeded = result.Size;
                return false;
            case EncodeStatus.Added:
                Retain(in delivery, result.Size);
                break;
            default:
                _owner.Refuse(in delivery, result);
                break;
        }

        delivery = default;
        return true;
    }

    private void Retain(in RemoteDelivery delivery, int size)
    {
        if (_link is not null)
        {
            _retained ??= _link.Rent();
            _retained.Add(in delivery, size);
        }
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
