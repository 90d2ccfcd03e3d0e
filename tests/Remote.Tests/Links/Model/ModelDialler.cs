using Remote.Tests.Messaging;

namespace Remote.Tests.Links.Model;

/// <summary>The sending node: the product's sender and encoder, a lane that is a queue, and a ledger that is a list.</summary>
internal sealed partial class ModelDialler : IDisposable
{
    internal const string Unknown = "DeliveryUnknown";
    internal const string Rejected = "RejectedByPeer";
    internal const string Closed = "EndpointClosed";
    internal const string OtherIncarnation = "IncarnationEnded";
    private const int ControlReserve = 2;
    private static readonly LinkOptions Limits = new() { MaxRetainedBytes = 600, MaxRetainedBatches = 6 };

    private readonly CountingPool _arrays = new();
    private readonly BatchEncoder _encoder;
    private readonly Queue<RemoteDelivery> _lane = new();
    private readonly Queue<RemoteDelivery> _priority = new();
    private readonly Queue<RemoteDelivery> _control = new();
    private readonly List<LinkAck> _acks = [];
    private readonly HashSet<(LinkId, ulong)> _firstTime = [];
    private readonly BatchPool _batches;
    private LinkOutflow _sender;
    private SimStream? _stream;
    private bool _isAnswered;
    private (ReadOnlyMemory<byte> Memory, byte[] Copy)? _writing;
    private ulong _writingNumber;
    private readonly Corners _corners;
    private int _next;

    internal ModelDialler(Corners corners)
    {
        _corners = corners;
        _batches = new BatchPool(_arrays);
        _encoder = Codec.Encoder(new EncodeLimits(BatchSize: 5), _batches);
        _sender = new LinkOutflow(_batches, Limits, ControlReserve);
    }

    internal int Accepted { get; private set; }

    internal int Acknowledged { get; private set; }

    /// <summary>The dead letters, with their reasons.</summary>
    internal Dictionary<int, string> DeadLetters { get; } = [];

    /// <summary>The numbers of messages that go ahead.</summary>
    internal HashSet<int> PriorityMessages { get; } = [];

    internal bool HasStream => _stream is not null;

    internal bool IsConnected => _stream is not null && _isAnswered;

    private ulong AcknowledgedBatch => _sender.NextSequence - 1 - (ulong)_sender.RetainedCount;

    internal bool IsDone => _lane.Count + _priority.Count + _control.Count + _sender.RetainedCount == 0;

    internal void Send(int count, bool poison)
    {
        for (var sent = 0; sent <= count; sent++)
        {
            var number = ++_next;
            _lane.Enqueue(ModelBatch.Message(poison ? -number : number));
            Accepted++;
        }
    }

    internal void SendPriority(int count)
    {
        for (var sent = 0; sent <= count; sent++)
        {
            _priority.Enqueue(ModelBatch.Priority(++_next));
            PriorityMessages.Add(_next);
            Accepted++;
        }
    }

    internal void SendControl() => _control.Enqueue(LinkKit.Control());

    internal void Encode(int count)
    {
        if (!IsConnected)
        {
            return;
        }

        SeeLimits();
        var batch = _encoder.Rent();
        _encoder.Begin(Codec.ToPeer);
        while (_sender.HasControlRoom && _control.TryPeek(out var control) && _encoder.TryAdd(control).Status == EncodeStatus.Added)
        {
            batch.AddControl(_control.Dequeue());
        }

        // By their own credit, in a batch of their own, or else as the first of the user messages.
        See(Corner.NoPriority, _priority.Count > 0 && _sender.PriorityCredit.Messages == 0);
        while (batch.UserMessages < _sender.PriorityCredit.Messages && _priority.TryPeek(out var first)
            && _encoder.TryAdd(first, _sender.PriorityCredit.Bytes - batch.UserBytes) is { Status: EncodeStatus.Added } added)
        {
            batch.AddUser([_priority.Dequeue()], added.Size);
            _corners.See(Corner.Priority);
        }

        var isPriority = batch.UserMessages > 0;
        while (!isPriority && _sender.HasRoom && _priority.TryPeek(out var first) && batch.UserMessages < _sender.Credit.Messages
            && _encoder.TryAdd(first, _sender.Credit.Bytes - batch.UserBytes) is { Status: EncodeStatus.Added } added)
        {
            batch.AddUser([_priority.Dequeue()], added.Size);
        }

        while (!isPriority && _sender.HasRoom && count-- >= 0 && _lane.TryPeek(out var delivery) && batch.UserMessages < _sender.Credit.Messages)
        {
            var result = _encoder.TryAdd(delivery, _sender.Credit.Bytes - batch.UserBytes);
            if (result.Status != EncodeStatus.Added)
            {
                See(Corner.NoBytes, result.Status == EncodeStatus.NoCredit);
                break;
            }

            batch.AddUser([_lane.Dequeue()], result.Size);
        }

        if (batch.Count == 0)
        {
            batch.Release();
            return;
        }

        _sender.Retain(_encoder.Finish(_sender.NextSequence, batch, isPriority));
        Assert.InRange(_sender.RetainedCount, 1, Limits.MaxRetainedBatches + ControlReserve);
    }

    internal void Write()
    {
        if (_writing is null && _sender.TryNextUnwritten(out var batch))
        {
            See(Corner.SentAgain, !_firstTime.Add((_sender.Id, batch.Sequence)));
            var copy = batch.Memory.ToArray();
            _writingNumber = batch.Sequence;
            _writing = (batch.Memory, copy);
            _stream!.ToAcceptor.Enqueue(copy);
        }
    }

    internal void Written()
    {
        if (_writing is { } write)
        {
            See(Corner.AckBeforeWritten, AcknowledgedBatch >= _writingNumber);
            Assert.True(write.Memory.Span.SequenceEqual(write.Copy), "The memory changed while the transport was reading it.");
            _writing = null;
            _sender.Written();
        }
    }

    /// <summary>Dials; a former handshake that was not answered yet is given up and may still arrive.</summary>
    internal SimStream? Dial()
    {
        if (IsConnected)
        {
            return null;
        }

        if (_stream is { } former)
        {
            former.DiallerGone = true;
        }

        _isAnswered = false;
        return _stream = new SimStream(_sender.NextAttempt(LinkKit.Limits));
    }

    internal void Read()
    {
        if (_stream is not { } stream || !stream.ToDialler.TryDequeue(out var said))
        {
            return;
        }

        switch (said)
        {
            case SimStream.Answer answer:
                Begin(answer);
                break;
            case LinkAck ack:
                Acknowledge(ack);
                break;
            case SimStream.Refused:
                Drop();
                break;
            case SimStream.End end:
                Cut(end.ByVerdict);
                break;
        }
    }

    internal void RepeatAck(int which)
    {
        if (_acks.Count > 0)
        {
            var before = (_sender.Credit, _sender.PriorityCredit, _sender.RetainedCount, _sender.Ledger.Acknowledged);
            Assert.True(_sender.Acknowledge(_acks[which % _acks.Count]));
            Assert.Equal(before, (_sender.Credit, _sender.PriorityCredit, _sender.RetainedCount, _sender.Ledger.Acknowledged));
        }
    }

    internal void Cut(bool byVerdict)
    {
        if (IsConnected)
        {
            Written();
            _sender.StreamEnded(byVerdict);
        }

        Drop();
    }

    /// <summary>Loses the stream with all but the first frames that were under way.</summary>
    internal void Cut(int kept)
    {
        if (_stream is not { } stream)
        {
            return;
        }

        var frames = stream.ToAcceptor.Take(kept).ToList();
        stream.ToAcceptor.Clear();
        frames.ForEach(stream.ToAcceptor.Enqueue);
        Cut(byVerdict: false);
    }

    internal void Leave()
    {
        if (IsConnected && IsDone)
        {
            _stream!.ToAcceptor.Enqueue(new SimStream.Leave(AcknowledgedBatch));
            Cut(byVerdict: false);
            _sender = new LinkOutflow(_batches, Limits, ControlReserve);
        }
    }

    internal void Close(string queued)
    {
        Cut(byVerdict: false);
        Bury(_sender.Restart(), Unknown);
        foreach (var delivery in _priority.Concat(_lane))
        {
            Bury(delivery, queued);
        }

        _lane.Clear();
        _priority.Clear();
        _control.Clear();
        _sender = new LinkOutflow(_batches, Limits, ControlReserve);
    }

    internal void CheckLedger()
    {
        var queued = _lane.Count + _priority.Count;
        var message = $"accepted {Accepted}, acknowledged {Acknowledged}, dead {DeadLetters.Count}, queued {queued}, retained {_sender.Ledger.Retained}";
        Assert.True(Accepted == Acknowledged + DeadLetters.Count + queued + _sender.Ledger.Retained, message);
    }

    internal string State() =>
        $"connected {IsConnected}, queued {_lane.Count} and {_priority.Count}, retained {_sender.RetainedCount}, credit left {_sender.Credit} and {_sender.PriorityCredit}";

    public void Dispose()
    {
        Close(Closed);
        _encoder.Dispose();
        Assert.Equal(0, _arrays.Rented);
    }
}
