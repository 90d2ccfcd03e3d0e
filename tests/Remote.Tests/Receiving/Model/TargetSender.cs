using Google.Protobuf.WellKnownTypes;

namespace Remote.Tests.Links;

/// <summary>A batch on the wire.</summary>
internal sealed record TargetBatch(int Sequence, RemoteDelivery[] Deliveries)
{
    internal long Bytes => Deliveries.Sum(Size);

    internal static int Number(RemoteDelivery delivery) => ((Int32Value)delivery.Message).Value;

    /// <summary>Some messages are as large as many others.</summary>
    internal static int Size(RemoteDelivery delivery) => Number(delivery) % 5 == 0 ? 20 : 1;
}

/// <summary>The sending side: the user lane, the writer with what it holds, credit, and batches that wait for their acknowledgement.</summary>
internal sealed class TargetSender
{
    internal const int Capacity = 20;

    private const int BatchSize = 5;
    private const int MaxWaiters = 10;

    private readonly UserLane _lane;
    private readonly List<TargetBatch> _retained = [];
    private readonly RemoteDelivery[] _room = new RemoteDelivery[BatchSize];
    private readonly List<RemoteDelivery> _held = [];
    private readonly List<LaneWaiter> _waiters = [];
    private LinkCredit _credit;
    private LinkCredit _sent;
    private int _sequence;
    private int _number;

    internal TargetSender(SlowTargetPolicy policy, LinkCredit credit)
    {
        _credit = credit;
        _lane = new UserLane(new EndpointOptions { QueueCapacity = Capacity, MaxWaiters = MaxWaiters, SlowTarget = policy }, new BackpressureOptions());
    }

    /// <summary>The numbers that each target should get.</summary>
    internal Dictionary<string, List<int>> Accepted { get; } = [];

    internal bool HasWaiters => _lane.Waiters > 0;

    /// <summary>Nothing waits, and nothing is remembered of any target.</summary>
    internal bool IsCalm => _lane is { IsPassable: true, Waiters: 0 } && _waiters.TrueForAll(waiter => waiter.Task.IsCompletedSuccessfully);

    internal bool Send(string target)
    {
        var delivery = LinkKit.Tell(++_number, target);
        if (!_lane.TryAdmit(delivery, out _, out _))
        {
            return false;
        }

        Accept(delivery);
        _lane.Add(delivery);
        return true;
    }

    internal void SendAsync(string target)
    {
        var delivery = LinkKit.Tell(++_number, target);
        if (_lane.TryAdmitOrWait(delivery, out var waiter))
        {
            _lane.Add(delivery);
        }
        else if (waiter is null)
        {
            return;
        }
        else
        {
            _waiters.Add(waiter);
        }

        Accept(delivery);
    }

    /// <summary>As the holder of the writer role does it.</summary>
    internal TargetBatch? Write()
    {
        _lane.Admit();
        if (_lane.HasPausedTargets)
        {
            _lane.GiveBack([.. _held]);
            _held.Clear();
        }

        if (!MayWrite)
        {
            return null;
        }

        var room = (int)Math.Clamp(_credit.Messages - _sent.Messages - _held.Count, 0, BatchSize - _held.Count);
        List<RemoteDelivery> refused = [];
        _held.AddRange(_room.AsSpan(0, _lane.Take(_room.AsSpan(0, room), refused)));
        refused.ForEach(delivery => Accepted[delivery.Target.Id].Remove(TargetBatch.Number(delivery)));
        _lane.Admit();
        return _held.Count > 0 && MayWrite ? Encode() : null;
    }

    internal void Hear(TargetNotice notice)
    {
        _lane.PauseTarget(notice.TargetId, notice.IsPaused);
        _lane.Admit();
    }

    internal void Hear(int accepted, LinkCredit credit)
    {
        _retained.RemoveAll(batch => batch.Sequence <= accepted);
        _credit = _credit.Max(credit);
    }

    /// <summary>A new stream; answers what has to be sent again.</summary>
    internal IEnumerable<TargetBatch> Resume(int accepted, LinkCredit credit)
    {
        _lane.Return([.. _held]);
        _held.Clear();
        _lane.Admit();
        Hear(accepted, credit);
        _credit = credit;
        return _retained;
    }

    internal void Check()
    {
        Assert.InRange(_lane.Waiting, 0, Capacity * 3 / 2);
        Assert.InRange(_lane.Waiters, 0, MaxWaiters);
        _lane.UpdateLevel();
    }

    private bool MayWrite =>
        _credit.Messages > _sent.Messages && _credit.Bytes - _sent.Bytes >= (_held.Count > 0 ? TargetBatch.Size(_held[0]) : 1);

    private TargetBatch Encode()
    {
        var (count, bytes) = (0, 0L);
        while (count < _held.Count && bytes + TargetBatch.Size(_held[count]) <= _credit.Bytes - _sent.Bytes)
        {
            bytes += TargetBatch.Size(_held[count++]);
        }

        var batch = new TargetBatch(++_sequence, [.. _held[..count]]);
        _held.RemoveRange(0, count);
        _lane.Settle(count);
        _sent = new LinkCredit(_sent.Messages + count, _sent.Bytes + bytes);
        _retained.Add(batch);
        return batch;
    }

    private void Accept(in RemoteDelivery delivery)
    {
        if (!Accepted.TryGetValue(delivery.Target.Id, out var numbers))
        {
            Accepted.Add(delivery.Target.Id, numbers = []);
        }

        numbers.Add(TargetBatch.Number(delivery));
    }
}
