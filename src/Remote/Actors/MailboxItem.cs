
namespace Remote;

/// <summary>What lies in a <see cref="RemoteMailbox"/>.</summary>
/// <param name="Message">The message or its envelope.</param>
/// <param name="Origin">Receives the credit; null for a message of this node.</param>
/// <param name="Size">Bytes on the wire.</param>
internal readonly record struct MailboxItem(object Message, IMessageOrigin? Origin, int Size)
{
    /// <summary>How an item lies in the queue: a message that is there has been published.</summary>
    /// <remarks>An absent origin is not written: a reference written to the heap costs the collector's barrier.</remarks>
    internal struct Slot : IQueueSlot<MailboxItem>
    {
        private object? _message;
        private IMessageOrigin? _origin;
        private int _size;

        public readonly bool IsPublished => Volatile.Read(in _message) is not null;

        public void Publish(in MailboxItem item)
        {
            if (item.Origin is not null)
            {
                _origin = item.Origin;
                _size = item.Size;
            }

            Volatile.Write(ref _message, item.Message);
        }

        public void Take(out MailboxItem item)
        {
            item = new MailboxItem(_message!, _origin, _size);
            if (_origin is not null)
            {
                _origin = null;
                _size = 0;
            }

            _message = null;
        }
    }
}
