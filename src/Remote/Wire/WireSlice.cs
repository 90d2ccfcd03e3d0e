namespace Remote;

/// <summary>Where taken bytes lie, for those few readers that need memory instead of a span.</summary>
internal readonly struct WireSlice(ReadOnlyMemory<byte> memory, int offset)
{
    internal ReadOnlyMemory<byte> Slice(int start, int length) => memory.Slice(offset + start, length);
}
