using System.Buffers;

namespace Remote.Tests.Messaging;

/// <summary>Cuts bytes into the blocks that a pipe might hold them in.</summary>
internal static class Segments
{
    internal static ReadOnlySequence<byte> Whole(ReadOnlyMemory<byte> bytes) => new(bytes);

    internal static ReadOnlySequence<byte> Every(ReadOnlyMemory<byte> bytes, int size) =>
        Of(bytes, Enumerable.Repeat(size, (bytes.Length / size) + 1));

    /// <summary>Blocks of these sizes, each in an array of its own; what is left over is one more block.</summary>
    internal static ReadOnlySequence<byte> Of(ReadOnlyMemory<byte> bytes, IEnumerable<int> sizes)
    {
        Block? first = null;
        Block? last = null;
        foreach (var size in sizes.Append(int.MaxValue))
        {
            var taken = Math.Min(size, bytes.Length);
            last = new Block(bytes[..taken].ToArray(), last);
            first ??= last;
            bytes = bytes[taken..];
        }

        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }

    private sealed class Block : ReadOnlySequenceSegment<byte>
    {
        internal Block(ReadOnlyMemory<byte> memory, Block? previous)
        {
            Memory = memory;
            if (previous is not null)
            {
                previous.Next = this;
                RunningIndex = previous.RunningIndex + previous.Memory.Length;
            }
        }
    }
}
