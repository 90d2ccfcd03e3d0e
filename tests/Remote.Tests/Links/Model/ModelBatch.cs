using Proto;
using Proto.Mailbox;
using Remote.Tests.Messages;
using Remote.Tests.Messaging;

namespace Remote.Tests.Links.Model;

/// <summary>What a frame says, read with the product's decoder.</summary>
internal sealed record ModelBatch(ulong Sequence, bool IsPriority, List<(int Number, int Size)> Messages)
{
    /// <summary>Numbers below zero stand for messages that break their reader.</summary>
    internal bool IsPoison => Messages.Exists(message => message.Number < 0);

    /// <summary>Some messages take a third of the window, so that now its messages and now its bytes are used up first.</summary>
    internal static RemoteDelivery Message(int number) => new(
        new PID(ModelEncoder.Peer, "a"), new Hello { Number = number, Text = new string('x', number % 5 == 0 ? 60 : 0) });

    internal static RemoteDelivery Priority(int number) => new(new PID(ModelEncoder.Peer, "a"), new Urgent { Number = number });

    internal static int NumberOf(object message) => message is Urgent urgent ? urgent.Number : ((Hello)message).Number;

    internal static ModelBatch Read(byte[] frame)
    {
        var sink = Codec.Decode(frame);
        var users = sink.Messages.Where(message => message.Message is not SystemMessage);
        var (sequence, isPriority) = (sink.Batches[0].Sequence, sink.Batches[0].IsPriority);
        return new ModelBatch(sequence, isPriority, [.. users.Select(message => (NumberOf(message.Message), message.Size))]);
    }
}
