using Proto;

namespace Remote;

/// <summary>Writes and reads remote.MessageHeader, a map of text in the form of protobuf's own maps.</summary>
internal static class HeaderCodec
{
    internal static int Size(MessageHeader headers)
    {
        var size = 0;
        foreach (var (key, value) in headers)
        {
            size += EntryFieldSize(key, value);
        }

        return size;
    }

    internal static int Write(MessageHeader headers, Span<byte> destination, int position)
    {
        foreach (var (key, value) in headers)
        {
            position = WriteEntry(destination, position, key, value);
        }

        return position;
    }

    /// <summary>Bytes of one entry of the map.</summary>
    internal static int EntryFieldSize(string key, string value) => WireFormat.DelimitedSize(EntrySize(key, value));

    /// <summary>Writes one entry of the map; returns the position after it.</summary>
    internal static int WriteEntry(Span<byte> destination, int position, string key, string value)
    {
        position = WireFormat.WriteField(destination, position, WireFormat.Header.Entry, (uint)EntrySize(key, value));
        position = WriteText(destination, position, WireFormat.Header.Key, key);
        return WriteText(destination, position, WireFormat.Header.Value, value);
    }

    /// <summary>Adds the entries to the map.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> bytes, ref HeaderMap headers, int maxHeaders)
    {
        var reader = new WireReader(bytes);
        while (!reader.End)
        {
            var read = reader.TryReadTag(out var tag) && (tag == WireFormat.Header.Entry
                ? reader.TryReadBytes(out var entry) && TryReadEntry(entry, ref headers) && headers.Count <= maxHeaders
                : reader.TrySkip(tag));
            if (!read)
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryReadEntry(ReadOnlySpan<byte> bytes, ref HeaderMap headers)
    {
        var reader = new WireReader(bytes);
        string? key = "";
        string? value = "";
        while (!reader.End)
        {
            var read = reader.TryReadTag(out var tag) && tag switch
            {
                WireFormat.Header.Key => TryReadKey(ref reader, out key),
                WireFormat.Header.Value => reader.TryReadText(out value),
                _ => reader.TrySkip(tag),
            };
            if (!read)
            {
                return false;
            }
        }

        headers.Set(key!, value!);
        return true;
    }

    // The key of each traced message, which need not be made each time.
    private static bool TryReadKey(ref WireReader reader, out string? key)
    {
        key = TraceHeaders.Parent;
        return reader.TryReadBytes(out var bytes) && (bytes.SequenceEqual("traceparent"u8) || WireFormat.TryReadText(bytes, out key));
    }

    private static int EntrySize(string key, string value) => TextSize(key) + TextSize(value);

    private static int TextSize(string text) =>
        text.Length == 0 ? 0 : WireFormat.DelimitedSize(WireFormat.StrictUtf8.GetByteCount(text));

    private static int WriteText(Span<byte> destination, int position, byte tag, string text) => text.Length == 0
        ? position
        : WireFormat.WriteText(destination, position, tag, text, WireFormat.StrictUtf8.GetByteCount(text));
}
