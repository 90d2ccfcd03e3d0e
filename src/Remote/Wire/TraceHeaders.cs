using System.Diagnostics;
using System.Globalization;
using System.Text;
using Proto;

namespace Remote;

/// <summary>
/// A trace context (W3C, version 00) as the two headers that everybody knows it by. On the way out they are written from the ids that a
/// span has anyway, without text and a map for each message.
/// </summary>
internal static class TraceHeaders
{
    public const string Parent = "traceparent";
    public const string State = "tracestate";

    // 00-<trace id>-<span id>-<flags>
    private const int ParentLength = 2 + 1 + TraceIdLength + 1 + SpanIdLength + 1 + 2;
    private const int TraceIdLength = 32;
    private const int SpanIdLength = 16;

    // Tag and length of the entry, of its key and of its value: none of the lengths needs a second byte.
    private const int ParentEntryBytes = 2 + 2 + 11 + 2 + ParentLength;

    private static readonly byte[] ParentStart =
    [
        WireFormat.Header.Entry, ParentEntryBytes - 2,
        WireFormat.Header.Key, 11, .. "traceparent"u8,
        WireFormat.Header.Value, ParentLength, .. "00-"u8,
    ];

    /// <summary>Bytes of both entries of remote.MessageHeader.</summary>
    internal static int Size(in ActivityContext trace) =>
        ParentEntryBytes + (trace.TraceState is { Length: > 0 } state ? HeaderCodec.EntryFieldSize(State, state) : 0);

    /// <summary>Writes both entries; returns the position after them.</summary>
    internal static int Write(in ActivityContext trace, Span<byte> destination, int position)
    {
        ParentStart.CopyTo(destination[position..]);
        position += ParentStart.Length;
        position += Encoding.ASCII.GetBytes(trace.TraceId.ToHexString(), destination[position..]);
        destination[position++] = (byte)'-';
        position += Encoding.ASCII.GetBytes(trace.SpanId.ToHexString(), destination[position..]);
        destination[position++] = (byte)'-';
        _ = ((byte)trace.TraceFlags).TryFormat(destination[position..], out var written, "x2", CultureInfo.InvariantCulture);
        position += written;
        return trace.TraceState is { Length: > 0 } state ? HeaderCodec.WriteEntry(destination, position, State, state) : position;
    }

    /// <summary>The headers with the context in them, as text.</summary>
    internal static MessageHeader AddTo(MessageHeader headers, in ActivityContext trace)
    {
        var flags = ((byte)trace.TraceFlags).ToString("x2", CultureInfo.InvariantCulture);
        headers = headers.With(Parent, $"00-{trace.TraceId.ToHexString()}-{trace.SpanId.ToHexString()}-{flags}");
        return trace.TraceState is { Length: > 0 } state ? headers.With(State, state) : headers;
    }

    /// <summary>Reads the context; false where there is none, or none that can be read.</summary>
    internal static bool TryRead(MessageHeader? headers, out ActivityContext context)
    {
        context = default;
        return headers is { Count: > 0 } && headers.TryGetValue(Parent, out var parent)
            && ActivityContext.TryParse(parent, headers.Count > 1 ? headers.GetOrDefault(State) : null, isRemote: true, out context);
    }
}
