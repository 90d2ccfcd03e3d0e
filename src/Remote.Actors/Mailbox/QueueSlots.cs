namespace Remote.Actors;

/// <summary>A slot for references: being there is being published.</summary>
internal struct ReferenceSlot<T> : IQueueSlot<T>
    where T : class
{
    private T? _item;

    public readonly bool IsPublished => Volatile.Read(in _item) is not null;

    public void Publish(in T item) => Volatile.Write(ref _item, item);

    public void Take(out T item)
    {
        item = _item!;
        _item = null;
    }
}

/// <summary>A slot of a mailbox: {message, sender, origin, size}. Headers are rare and are boxed together with the sender.</summary>
/// <remarks>References that are absent are not written: a write to an array on the heap costs the collector's barrier.</remarks>
internal struct MailboxSlot : IQueueSlot<MessageEnvelope>
{
    private object? _message;
    private object? _sender;
    private IMessageOrigin? _origin;
    private int _size;

    public readonly bool IsPublished => Volatile.Read(in _message) is not null;

    public void Publish(in MessageEnvelope item)
    {
        if (item.Headers is not null)
        {
            _sender = new SenderAndHeaders(item.Sender, item.Headers);
        }
        else if (item.Sender is not null)
        {
            _sender = item.Sender;
        }

        if (item.Origin is not null)
        {
            _origin = item.Origin;
            _size = item.Size;
        }

        Volatile.Write(ref _message, item.Message);
    }

    public void Take(out MessageEnvelope item)
    {
        PID? sender = null;
        MessageHeaders? headers = null;
        if (_sender is not null)
        {
            sender = _sender as PID;
            if (sender is null)
            {
                (sender, headers) = (SenderAndHeaders)_sender;
            }

            _sender = null;
        }

        var origin = _origin;
        item = new MessageEnvelope(_message!, sender, headers, origin, origin is null ? 0 : _size);
        if (origin is not null)
        {
            _origin = null;
        }

        _message = null;
    }

    private sealed record SenderAndHeaders(PID? Sender, MessageHeaders Headers);
}
