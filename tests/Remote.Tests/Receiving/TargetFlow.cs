using Google.Protobuf.WellKnownTypes;
using Remote.Actors;

namespace Remote.Tests.Links;

/// <summary>
/// Both ends of target credit with a wire between: a lane, the parking lot, credit, batches, the meter, mailboxes. What happens next is drawn.
/// </summary>
internal sealed class TargetFlow : IMessageOrigin
{
    internal const int BatchSize = 5;
    private const int MaxRounds = 500;
    private const int StepsPerRound = 50;
    private const int MessageBytes = 1;

    private readonly Random _random;
    private readonly CreditWindow _window;
    private readonly TargetMeter _meter;
    private readonly ParkingLot _lot = new();
    private readonly DeliveryQueue _lane = new();
    private readonly RemoteDelivery[] _batch = new RemoteDelivery[BatchSize];
    private readonly Queue<List<RemoteDelivery>> _batches = new();
    private readonly Queue<object> _back = new();
    private readonly Dictionary<string, Queue<IMessageOrigin>> _mailboxes = [];
    private readonly Dictionary<string, List<int>> _received = [];
    private readonly Dictionary<string, int> _waiting = [];
    private LinkCredit _credit;
    private LinkCredit _sent;
    private int _next;

    internal TargetFlow(Random random, int window)
    {
        _random = random;
        _window = new CreditWindow(window, window * MessageBytes);
        _meter = new TargetMeter(_window, this, () => { });
        _credit = _window.Announce();
    }

    public void Taken(int messages, long bytes) => _window.Return(messages, bytes);

    internal void Send(string target)
    {
        _lane.Add(LinkKit.Tell(++_next, target));
        _waiting[target] = _waiting.GetValueOrDefault(target) + 1;
    }

    /// <summary>Messages that have not come to their actor.</summary>
    internal int Waiting(Func<string, bool> which) => _waiting.Where(pair => which(pair.Key)).Sum(pair => pair.Value);

    internal void Run(bool slowWorks)
    {
        for (var round = 0; round < MaxRounds && Waiting(target => slowWorks || target != "slow") > 0; round++)
        {
            for (var step = 0; step < StepsPerRound; step++)
            {
                Step(slowWorks);
            }
        }
    }

    internal void CheckOrder() => Assert.All(_received.Values, numbers => Assert.Equal(numbers.Order(), numbers));

    private void Step(bool slowWorks)
    {
        switch (_random.Next(5))
        {
            case 0: Write(); break;
            case 1: Arrive(); break;
            case 2: Take(slowWorks); break;
            case 3: Tell(); break;
            default: Hear(); break;
        }
    }

    private void Write()
    {
        var room = (int)Math.Min(BatchSize, Math.Min(_credit.Messages - _sent.Messages, (_credit.Bytes - _sent.Bytes) / MessageBytes));
        var count = _lot.HasLimits ? _lot.Take(_lane, _batch.AsSpan(0, room)) : _lane.Take(_batch.AsSpan(0, room));
        if (count > 0)
        {
            _sent = new LinkCredit(_sent.Messages + count, _sent.Bytes + (count * MessageBytes));
            _batches.Enqueue([.. _batch.AsSpan(0, count)]);
        }
    }

    private void Arrive()
    {
        if (!_batches.TryDequeue(out var batch))
        {
            return;
        }

        _meter.BeginBatch(batch.Count, batch.Count * MessageBytes);
        foreach (var delivery in batch)
        {
            var target = delivery.Target.Id;
            var origin = _meter.Charge(target, MessageBytes);
            System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_mailboxes, target, out _) ??= new();
            System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_received, target, out _) ??= [];
            _mailboxes[target].Enqueue(origin);
            _received[target].Add(((Int32Value)delivery.Message).Value);
        }

        _meter.EndBatch();
        Assert.True(_window.Charge(batch.Count, batch.Count * MessageBytes));
        Assert.InRange(_window.OutstandingMessages, 0, _window.MaxMessages * 3 / 2);
    }

    private void Take(bool slowWorks)
    {
        foreach (var (target, mailbox) in _mailboxes)
        {
            if ((slowWorks || target != "slow") && _random.Next(2) == 0 && mailbox.TryDequeue(out var origin))
            {
                origin.Taken(1, MessageBytes);
                _waiting[target]--;
            }
        }
    }

    private void Tell()
    {
        while (_meter.TryTakeNotice(out var notice))
        {
            _back.Enqueue(notice);
        }

        _back.Enqueue(_window.Announce());
    }

    private void Hear()
    {
        if (!_back.TryDequeue(out var said))
        {
            return;
        }

        switch (said)
        {
            case LinkCredit credit:
                _credit = _credit.Max(credit);
                break;
            case TargetNotice { Released: true } notice:
                _lot.Release(notice.TargetId);
                break;
            case TargetNotice notice:
                _lot.Limit(notice.TargetId, notice.Messages);
                break;
        }
    }
}
