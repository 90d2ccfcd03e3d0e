using Google.Protobuf;
using Proto;
using Proto.Mailbox;

namespace Remote;

/// <summary>
/// A dead letter whose message came from a peer: how much it keeps in memory while it waits for a handler, and the same letter with next to nothing in it.
/// </summary>
/// <remarks>
/// The size on the wire stands for the message and its headers, as in the credit of a link. Names are counted beside it: they lie in the tables of a batch,
/// and one of 4 KiB costs the envelope that names it a byte.
/// </remarks>
internal static class PeerLetter
{
    private const string NotKept =
        "It is not kept: dead letters that wait for a slow handler hold as much as Inbound.MaxBytesPerNode allows.";

    // What is known of a message that was read is its type.
    private const int NoSerializer = -1;

    /// <param name="letter">The letter.</param>
    /// <param name="size">Bytes of the envelope on the wire.</param>
    public static long BytesOf(DeadLetterEvent letter, int size) =>
        size + BytesOf(letter.Pid) + BytesOf(letter.Sender) + BytesOf((letter as RemoteDeadLetterEvent)?.Detail) + letter.Message switch
        {
            UndecodedMessage unread => BytesOf(unread.TypeName) + BytesOf(unread.Detail),
            DeadLetterResponse answer => BytesOf(answer.Target),
            Terminated told => BytesOf(told.Who),
            _ => 0,
        };

    /// <summary>The letter without its message and headers, and with short names: the type and the size of the message are told.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="size">Bytes of the envelope on the wire.</param>
    /// <param name="peer">Who sent it, as far as it is known.</param>
    public static RemoteDeadLetterEvent Shorten(RemoteDeadLetterEvent letter, int size, string? peer)
    {
        var message = letter.Message switch
        {
            // One object each, for all.
            SystemMessage or PoisonPill => letter.Message,
            UndecodedMessage unread => unread with { TypeName = Short(unread.TypeName), Detail = LogText.Short(unread.Detail) },
            var other => new UndecodedMessage(LogText.Short(peer ?? letter.Sender?.Address ?? ""), Short(NameOf(other)), NoSerializer, size, NotKept),
        };
        return new RemoteDeadLetterEvent(Short(letter.Pid)!, message, Short(letter.Sender), null, letter.Reason) { Detail = Short(letter.Detail) };
    }

    /// <summary>An answer that found nobody, with short names.</summary>
    public static DeadLetterEvent Shorten(DeadLetterEvent unheard)
    {
        var answer = unheard.Message switch
        {
            DeadLetterResponse response => DeadLetterResponseExtensions.Make(Short(response.Target)!, response.GetReason()),
            Terminated told => Terminated.From(Short(told.Who)!, told.Why),
            var other => other,
        };
        return new DeadLetterEvent(Short(unheard.Pid)!, answer, null);
    }

    private static long BytesOf(PID? pid) => pid is null ? 0 : BytesOf(pid.Id) + BytesOf(pid.Address);

    private static long BytesOf(string? text) => text is null ? 0 : sizeof(char) * (long)text.Length;

    private static string? NameOf(object message) => message is IMessage known ? known.Descriptor.FullName : message.GetType().FullName;

    private static string? Short(string? text) => text is null ? null : LogText.Short(text);

    private static PID? Short(PID? pid) =>
        pid is null ? null : new PID(LogText.Short(pid.Address), LogText.Short(pid.Id)) { RequestId = pid.RequestId };
}
