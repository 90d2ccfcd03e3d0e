using System.Diagnostics;

namespace Remote.Actors;

/// <summary>A first-in-first-out mailbox of exact capacity.</summary>
/// <remarks>
/// Dropping works on both ends at once, which a lock makes simple; it is held for a count and one array access, never for foreign code.
/// A <see cref="PoisonPill"/> has a place of its own beyond the capacity and is never dropped: a full actor can still be stopped.
/// </remarks>
internal sealed class BoundedMailbox : IMailbox
{
    // Grows to the capacity only when it is used: a capacity of a million costs nothing in advance.
    private const int InitialLength = 16;

    private readonly int _capacity;
    private readonly MailboxOverflow _overflow;
    private readonly Lock _lock = new();
    private MessageEnvelope[] _ring;
    private int _first;
    private int _count;

    public BoundedMailbox(int capacity, MailboxOverflow overflow)
    {
        _capacity = capacity;
        _overflow = overflow;
        _ring = new MessageEnvelope[Math.Min(InitialLength, capacity + 1)];
    }

    public int Count => Volatile.Read(ref _count);

    public bool IsEmpty => Count == 0;

    public bool TryPost(in MessageEnvelope envelope)
    {
        lock (_lock)
        {
            if (_count >= _capacity && !(_count == _capacity && IsPill(in envelope)))
            {
                return false;
            }

            Add(in envelope);
            return true;
        }
    }

    public bool TryDisplace(in MessageEnvelope arriving, out MessageEnvelope? displaced)
    {
        lock (_lock)
        {
            displaced = null;
            if (_count < _capacity)
            {
                Add(in arriving);
                return true;
            }

            ref var victim = ref _overflow == MailboxOverflow.DropOldest ? ref _ring[_first] : ref _ring[Last];
            if (_overflow == MailboxOverflow.Reject || IsPill(in victim) || IsPill(in arriving))
            {
                return false;
            }

            displaced = victim;
            if (_overflow == MailboxOverflow.DropOldest)
            {
                RemoveFirst();
                Add(in arriving);
            }
            else
            {
                victim = arriving;
            }

            return true;
        }
    }

    public bool TryTake(out MessageEnvelope envelope)
    {
        lock (_lock)
        {
            if (_count == 0)
            {
                envelope = default;
                return false;
            }

            envelope = _ring[_first];
            RemoveFirst();
            return true;
        }
    }

    private int Last => (_first + _count - 1) % _ring.Length;

    private static bool IsPill(in MessageEnvelope envelope) => ReferenceEquals(envelope.Message, PoisonPill.Instance);

    private void Add(in MessageEnvelope envelope)
    {
        if (_count == _ring.Length)
        {
            Grow();
        }

        _ring[(_first + _count) % _ring.Length] = envelope;
        Volatile.Write(ref _count, _count + 1);
    }

    private void RemoveFirst()
    {
        _ring[_first] = default;
        _first = (_first + 1) % _ring.Length;
        Volatile.Write(ref _count, _count - 1);
    }

    private void Grow()
    {
        Debug.Assert(_count <= _capacity, "the limits are checked before");
        var grown = new MessageEnvelope[Math.Min(_ring.Length * 2L, _capacity + 1L)];
        for (var i = 0; i < _count; i++)
        {
            grown[i] = _ring[(_first + i) % _ring.Length];
        }

        (_ring, _first) = (grown, 0);
    }
}
