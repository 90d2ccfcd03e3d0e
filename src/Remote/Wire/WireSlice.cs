namespace Remote;

/// <summary>The place of taken bytes, for the few readers that need memory instead of a span.</summary>
internal readonly struct WireSlice(ReadOnlyMemory<byte> memory, int offset)
{
    internal ReadOnlyMemory<byte> Slice(int start, int length) => memory.Slice(offset + start, length);
}
