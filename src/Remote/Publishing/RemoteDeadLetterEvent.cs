using Proto;

namespace Remote;

/// <summary>
/// A message that Remote could not deliver, and why. Who subscribes to <see cref="DeadLetterEvent"/> hears it too, once. Published on the
/// event stream.
/// </summary>
/// <param name="target">Where it should have gone.</param>
/// <param name="message">The message.</param>
/// <param name="sender">Who would have got the answer, if anybody; a requester has been told already.</param>
/// <param name="header">Its headers, if any.</param>
/// <param name="reason">Why it could not be delivered.</param>
public sealed class RemoteDeadLetterEvent(PID target, object message, PID? sender, MessageHeader? header, DeadLetterReason reason)
    : DeadLetterEvent(target, message, sender!, header!)
{
    /// <summary>Why it could not be delivered.</summary>
    public DeadLetterReason Reason { get; } = reason;

    /// <summary>
    /// More about it, for people: what is wrong with the address or the type; or the state of the endpoint, its last error and the way out, when there was no
    /// connection. Default <see langword="null"/>: there is nothing more to say.
    /// </summary>
    public string? Detail { get; init; }

    /// <summary>The whole story in one line.</summary>
    public override string ToString() =>
        $"{Message.GetType().Name} to {Pid} from {Sender?.ToString() ?? "nobody"}: {Reason}{(Detail is null ? "" : $". {Detail}")}";
}
