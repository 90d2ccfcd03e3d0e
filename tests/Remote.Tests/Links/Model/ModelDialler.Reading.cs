using Remote.Tests.Messages;

namespace Remote.Tests.Links.Model;

/// <summary>What the dialler does with what it hears, and with what it has to give up.</summary>
internal sealed partial class ModelDialler
{
    private void Begin(SimStream.Answer answer)
    {
        var beginning = _sender.BeginStream(answer.Said, answer.SystemId);
        Acknowledged += beginning.Acknowledged;
        switch (beginning.Begin)
        {
            case LinkBegin.New or LinkBegin.Resumed:
                _isAnswered = true;
                break;
            case LinkBegin.Unknown:
                Bury(_sender.Restart(), Unknown);
                Drop();
                break;
            case LinkBegin.NewIncarnation:
                _corners.See(Corner.NewIncarnation);
                Close(OtherIncarnation);
                break;
            default:
                Assert.Fail($"{beginning.Begin} between two honest nodes");
                break;
        }

        if (beginning.Rejected is { } rejected)
        {
            Assert.True(Exists(rejected, number => number < 0), "Only a batch that the peer refuses is rejected.");
            _corners.See(Corner.Rejected);
            Bury([rejected], Rejected);
        }
    }

    private void Acknowledge(LinkAck ack)
    {
        var result = _sender.Acknowledge(ack);
        Assert.NotEqual(LinkAckStatus.Violation, result.Status);
        Acknowledged += result.UserMessages;
        See(Corner.StaleAck, result.Status == LinkAckStatus.Stale);
        _acks.Add(ack);
    }

    private void SeeLimits()
    {
        See(Corner.NoRoom, _lane.Count > 0 && !_sender.HasRoom);
        See(Corner.NoMessages, _lane.Count > 0 && _sender.HasRoom && _sender.Available.Messages == 0);
        See(Corner.ControlReserve, _control.Count > 0 && !_sender.HasRoom && _sender.HasControlRoom);
    }

    private void See(Corner corner, bool condition)
    {
        if (condition)
        {
            _corners.See(corner);
        }
    }

    private void Drop()
    {
        if (_stream is { } stream)
        {
            stream.DiallerGone = true;
        }

        _stream = null;
        _isAnswered = false;
        _acks.Clear();
    }

    private void Bury(RetainedBatch[] batches, string reason)
    {
        foreach (var batch in batches)
        {
            foreach (var delivery in batch.Deliveries)
            {
                Bury(delivery, reason);
            }

            batch.Release();
        }
    }

    private void Bury(in RemoteDelivery delivery, string reason)
    {
        if (delivery.Message is Hello hello)
        {
            DeadLetters.Add(Math.Abs(hello.Number), reason);
        }
    }

    private static bool Exists(RetainedBatch batch, Func<int, bool> condition) =>
        batch.Deliveries.ToArray().Any(delivery => delivery.Message is Hello hello && condition(hello.Number));
}
