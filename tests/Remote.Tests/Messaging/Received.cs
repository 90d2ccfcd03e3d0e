using Google.Protobuf;
using Proto;
using Proto.Mailbox;
using Proto.Remote;

namespace Remote.Tests.Messaging;

/// <summary>Compares what was sent with what arrived at the other end.</summary>
internal static class Received
{
    /// <param name="sent">What was given to the encoder.</param>
    /// <param name="received">What the decoder delivered.</param>
    /// <param name="sender">The address that the sender's local PIDs have at the receiver.</param>
    internal static void AssertSame(
        in RemoteDelivery sent, RecordingSink.Received received, string sender = ModelEncoder.Own)
    {
        Assert.Equal((ModelEncoder.Peer, sent.Target.Id, sent.Target.RequestId), Parts(received.Target));
        AssertSameMessage(sent.Message, received.Message, sender);
        if (sent.Message is SystemMessage)
        {
            return;
        }

        Assert.Equal(sent.Sender is null, received.Sender is null);
        if (sent.Sender is not null)
        {
            AssertSamePid(sent.Sender, received.Sender!, sender);
        }

        Assert.Equal(sent.Headers is { Count: > 0 }, received.Headers is not null);
        if (sent.Headers is { Count: > 0 } headers)
        {
            Assert.Equal(headers.OrderBy(pair => pair.Key), received.Headers!.OrderBy(pair => pair.Key));
        }
    }

    private static void AssertSameMessage(object sent, object received, string sender)
    {
        Assert.Equal(sent.GetType(), received.GetType());
        switch (sent, received)
        {
            case (Watch a, Watch b): AssertSamePid(a.Watcher, b.Watcher, sender); break;
            case (Unwatch a, Unwatch b): AssertSamePid(a.Watcher, b.Watcher, sender); break;
            case (Touched a, Touched b): AssertSamePid(a.Who, b.Who, sender); break;
            case (DeadLetterResponse a, DeadLetterResponse b): AssertSamePid(a.Target, b.Target, sender); break;
            case (Terminated a, Terminated b):
                AssertSamePid(a.Who, b.Who, sender);
                Assert.Equal(a.Why, b.Why);
                break;
            case (ActorPidResponse { Pid: not null } a, ActorPidResponse b):
                Assert.Equal(a.StatusCode, b.StatusCode);
                AssertSamePid(a.Pid, b.Pid, sender);
                break;
            case (IMessage a, IMessage b): Assert.Equal(a, b); break;
            default: Assert.Equal(sent, received); break;
        }
    }

    /// <summary>What is local at the sender has the sender's address here.</summary>
    private static void AssertSamePid(PID sent, PID received, string sender) => Assert.Equal(
        (sent.Address is "" or ActorSystem.NoHost ? sender : sent.Address, sent.Id, sent.RequestId), Parts(received));

    private static (string Address, string Id, uint RequestId) Parts(PID pid) => (pid.Address, pid.Id, pid.RequestId);
}
