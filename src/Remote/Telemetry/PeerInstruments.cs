using System.Diagnostics.Metrics;

namespace Remote;

/// <summary>The instruments that tell of peers.</summary>
internal static class PeerInstruments
{
    private const string Message = "{message}";
    private const string Bytes = "By";

    public static void AddTo(Meter meter, SharedPicture picture)
    {
        foreach (var counter in Counters())
        {
            counter.AddTo(meter, picture);
        }

        foreach (var level in Levels)
        {
            level.AddTo(meter, picture);
        }
    }

    // Made for each node: a counter knows what it has shown.
    private static PeerCounter[] Counters() =>
    [
        new(RemoteTelemetry.MessagesSent, Message, "User messages put into a batch for a peer.", Sent),
        new(RemoteTelemetry.MessagesAcknowledged, Message, "Sent messages that the peer has handed to its mailboxes.", static of => of.Acknowledged),
        new(RemoteTelemetry.MessagesUnconfirmed, Message, "Sent messages on streams that broke, without acknowledgements.", static of => of.Unconfirmed),
        new(RemoteTelemetry.MessagesFailed, Message, "User messages refused or given up.", Failed, RemoteTelemetry.ReasonTag),
        new(RemoteTelemetry.MessagesReceived, Message, "Messages that came from a peer.", static of => of.Received),
        new(RemoteTelemetry.MessagesDelivered, Message, "Received messages given to the process they were for.", static of => of.Delivered),
        new(RemoteTelemetry.MessagesRejected, Message, "Received messages given to no process.", static of => of.Rejected, RemoteTelemetry.ReasonTag),
        new(
            RemoteTelemetry.SerializationFailures, Message, "Messages that could not be serialized or read.", SerializationFailures, RemoteTelemetry.DirectionTag),
        new(RemoteTelemetry.BatchesSent, "{batch}", "Batches sent to a peer.", static of => of.Batches),
        new(RemoteTelemetry.BytesSent, Bytes, "Bytes of the batches sent to a peer.", static of => of.BytesOut),
        new(RemoteTelemetry.BytesReceived, Bytes, "Bytes of the batches that came from a peer.", static of => of.BytesIn),
        new(RemoteTelemetry.Reconnects, "{reconnect}", "Lost connections that were established again.", static of => of.Reconnects),
    ];

    private static PeerLevel[] Levels { get; } =
    [
        new(RemoteTelemetry.QueueLength, Message, "User messages that wait for a peer.", static of => of.QueueLength),
        new(RemoteTelemetry.QueueCapacity, Message, "User messages that may wait for a peer.", static of => of.QueueCapacity),
        new(RemoteTelemetry.QueueWaiters, "{call}", "Calls of SendAsync that wait for room.", static of => of.Waiters),
        new(RemoteTelemetry.QueueLevel, "{level}", "How full a lane is: 0 normal, 1 warning, 2 critical.", static of => (long)of.Level, isSum: false),
        new(RemoteTelemetry.CreditMessages, Message, "How many more messages a peer takes.", static of => of.CreditMessages),
        new(RemoteTelemetry.CreditBytes, Bytes, "How many more bytes a peer takes.", static of => of.CreditBytes),
        new(RemoteTelemetry.RetainedMessages, Message, "Sent messages kept until they are acknowledged.", static of => of.Retained),
        new(RemoteTelemetry.RetainedBytes, Bytes, "Bytes of sent batches kept until they are acknowledged.", static of => of.RetainedBytes),
        new(
            RemoteTelemetry.EndpointsConnected, "{endpoint}", "Whether there is a connection to a peer.",
            static of => of.State == EndpointState.Connected ? 1 : 0),
    ];

    // What was retained once was sent, whatever became of it: only what was retained ends with these two reasons.
    private static long Sent(EndpointStatistics of) =>
        of.Written + of.Acknowledged + of.Retained + Count(of.DeadLetters, DeadLetterReason.DeliveryUnknown) + Count(of.DeadLetters, DeadLetterReason.RejectedByPeer);

    private static IEnumerable<KeyValuePair<string, long>> Failed(EndpointStatistics of) => of.Refused.Concat(of.DeadLetters);

    private static IEnumerable<KeyValuePair<string, long>> SerializationFailures(EndpointStatistics of) =>
    [
        new(RemoteTelemetry.OutValue, Count(of.Refused, DeadLetterReason.NotSerializable) + Count(of.DeadLetters, DeadLetterReason.NotSerializable)),
        new(RemoteTelemetry.InValue, Count(of.Rejected, DeadLetterReason.UnknownType) + Count(of.Rejected, DeadLetterReason.Malformed)),
    ];

    private static long Count(IReadOnlyDictionary<string, long> counts, DeadLetterReason reason) => counts.GetValueOrDefault(reason.Name);
}
