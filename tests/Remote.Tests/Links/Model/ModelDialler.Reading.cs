using Remote.Tests.Messages;

namespace Remote.Tests.Links.Model;

/// <summary>What the dialler does with what it hears, and with what it has to give up.</summary>
internal sealed partial class ModelDialler
{
    private void Begin(SimStream.Answer answer)
    {
        if (_sender.SystemId is { } known && known != answer.SystemId)
        {
            _corners.See(Corner.NewIncarnation);
            Close(OtherIncarnation);
            return;
        }

        var before = _sender.Ledger.Acknowledged;
        var beginning = _sender.BeginStream(answer.Said, answer.SystemId);
        Acknowledged += (int)(_sender.Ledger.Acknowledged - before);
        switch (beginning.Begin)
        {
            case LinkBegin.Begun:
                _isAnswered = true;
                break;
            case LinkBegin.Unknown:
                Bury(_sender.Restart(), Unknown);
                Drop();
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
        var before = (_sender.Ledger.Acknowledged, _sender.RetainedCount);
        Assert.True(_sender.Acknowledge(ack));
        Acknowledged += (int)(_sender.Ledger.Acknowledged - before.Acknowledged);
        See(Corner.StaleAck, _sender.RetainedCount == before.RetainedCount);
        _acks.Add(ack);
    }

    private void SeeLimits()
    {
        See(Corner.NoRoom, _lane.Count > 0 && !_sender.HasRoom);
        See(Corner.NoMessages, _lane.Count > 0 && _sender.HasRoom && _sender.Credit.Messages == 0);
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

    private void Bury(Batch[] batches, string reason)
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
        if (delivery.Message is Hello or Urgent)
        {
            DeadLetters.Add(Math.Abs(ModelBatch.NumberOf(delivery.Message)), reason);
        }
    }

    private static bool Exists(Batch batch, Func<int, bool> condition) =>
        batch.Deliveries.ToArray().Any(delivery => delivery.Message is Hello hello && condition(hello.Number));
}
