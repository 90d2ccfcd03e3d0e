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
            size += WireFormat.DelimitedSize(EntrySize(key, value));
        }

        return size;
    }

    internal static int Write(MessageHeader headers, Span<byte> destination, int position)
    {
        foreach (var (key, value) in headers)
        {
            position = WireFormat.WriteField(destination, position, WireFormat.Header.Entry, (uint)EntrySize(key, value));
            position = WriteText(destination, position, WireFormat.Header.Key, key);
            position = WriteText(destination, position, WireFormat.Header.Value, value);
        }

        return position;
    }

    /// <summary>Reads the map into the dictionary; the last of several values of one key counts.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> bytes, Dictionary<string, string> headers, int maxHeaders)
    {
        var reader = new WireReader(bytes);
        while (!reader.End)
        {
            var read = reader.TryReadTag(out var tag) && (tag == WireFormat.Header.Entry
                ? reader.TryReadBytes(out var entry) && TryReadEntry(entry, headers) && headers.Count <= maxHeaders
                : reader.TrySkip(tag));
            if (!read)
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryReadEntry(ReadOnlySpan<byte> bytes, Dictionary<string, string> headers)
    {
        var reader = new WireReader(bytes);
        string? key = "";
        string? value = "";
        while (!reader.End)
        {
            var read = reader.TryReadTag(out var tag) && tag switch
            {
                WireFormat.Header.Key => reader.TryReadText(out key),
                WireFormat.Header.Value => reader.TryReadText(out value),
                _ => reader.TrySkip(tag),
            };
            if (!read)
            {
                return false;
            }
        }

        headers[key!] = value!;
        return true;
    }

    private static int EntrySize(string key, string value) => TextSize(key) + TextSize(value);

    private static int TextSize(string text) =>
        text.Length == 0 ? 0 : WireFormat.DelimitedSize(WireFormat.StrictUtf8.GetByteCount(text));

    private static int WriteText(Span<byte> destination, int position, byte tag, string text) => text.Length == 0
        ? position
        : WireFormat.WriteText(destination, position, tag, text, WireFormat.StrictUtf8.GetByteCount(text));
}
