using Google.Protobuf.WellKnownTypes;
using Remote.Actors;

namespace Remote.Tests;

/// <summary>Lanes without an endpoint around them.</summary>
internal static class MailboxKit
{
    /// <summary>Lanes whose stream carries a link with plenty of credit. The caller holds the role.</summary>
    internal static EndpointWriterMailbox Linked(EndpointOptions options, Action<LevelChange>? levelChanged = null)
    {
        var link = new LinkSender();
        link.NextAttempt(LinkLimits.None);
        link.BeginStream(new LinkAnswer(LinkStatus.New, 1, new LinkCredit(1000, 1_000_000), LinkLimits.None, null), "peer");
        var mailbox = new EndpointWriterMailbox(options, 10, new BackpressureOptions(), new EndpointLedger(), levelChanged);
        mailbox.TryClaim();
        mailbox.UseLink(link);
        return mailbox;
    }

    internal static RemoteDelivery Delivery(string target, int number) => new(new PID("peer:1", target), new Int32Value { Value = number });

    internal static int[] Numbers(ReadOnlySpan<RemoteDelivery> deliveries)
    {
        var numbers = new int[deliveries.Length];
        for (var index = 0; index < numbers.Length; index++)
        {
            numbers[index] = ((Int32Value)deliveries[index].Message).Value;
        }

        return numbers;
    }
}
