using Google.Protobuf;
using Proto;

namespace Remote;

/// <summary>Why a request was answered with a <see cref="DeadLetterResponse"/>.</summary>
/// <remarks>
/// Proto.Actor's class has no property for it. The reason is kept among the unknown fields of the message, under number 100, and so a node
/// that runs Proto.Remote passes it on.
/// </remarks>
public static class DeadLetterResponseExtensions
{
    /// <summary>
    /// The reason that was given; <see cref="DeadLetterReason.NoSuchProcess"/> when none was, or one that this node does not know.
    /// </summary>
    /// <param name="response">The answer to a request.</param>
    public static DeadLetterReason GetReason(this DeadLetterResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);

        // Unknown fields can be read in no other way. Nobody asks for a reason often.
        return Find(response.ToByteArray());
    }

    /// <summary>The answer to a request that was not delivered.</summary>
    internal static DeadLetterResponse Make(PID target, DeadLetterReason reason)
    {
        var response = DeadLetterReasonNames.OnWire(reason) is { } name ? WithReason(name) : new DeadLetterResponse();
        response.Target = target;
        return response;
    }

    private static DeadLetterResponse WithReason(string name)
    {
        var payload = new CorePayload(null, default, Reason: name);
        var bytes = new byte[payload.Size];
        payload.Write(bytes, 0);
        return DeadLetterResponse.Parser.ParseFrom(bytes);
    }

    private static DeadLetterReason Find(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        ReadOnlySpan<byte> name = default;
        while (reader.TryReadTag(out var tag)
            && (tag == WireFormat.Actor.Reason ? reader.TryReadBytes(out name) : reader.TrySkip(tag)))
        {
            // The last of several counts, as everywhere in protobuf.
        }

        return DeadLetterReasonNames.Find(name);
    }
}
