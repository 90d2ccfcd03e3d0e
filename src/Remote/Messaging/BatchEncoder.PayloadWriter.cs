using System.Buffers;

namespace Remote;

internal sealed partial class BatchEncoder
{
    /// <summary>
    /// Lets a serializer write into the batch, behind its last envelope. Nothing of that counts until the message is
    /// committed, so a serializer that throws half way has only scribbled on free memory.
    /// </summary>
    private sealed class PayloadWriter(BatchEncoder encoder) : IBufferWriter<byte>
    {
        /// <summary>What a writer gets that does not say how much it wants.</summary>
        private const int DefaultBytes = 256;

        internal int Start { get; private set; }

        internal int Written { get; private set; }

        /// <summary>The end of what a larger array has to take over.</summary>
        internal int End => Start + Written;

        internal void Begin(int start)
        {
            Start = start;
            Written = 0;
        }

        internal void Reset() => Begin(0);

        public void Advance(int count)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(count);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(count, encoder._array.Length - End);
            ThrowIfTooLarge(count);
            Written += count;
        }

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            MakeRoom(sizeHint);
            return encoder._array.AsMemory(End);
        }

        public Span<byte> GetSpan(int sizeHint = 0)
        {
            MakeRoom(sizeHint);
            return encoder._array.AsSpan(End);
        }

        private void MakeRoom(int sizeHint)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);

            // Writers ask for more than they use, so what they ask for may pass the limit by half; what they use may not.
            ThrowIfTooLarge(sizeHint - (encoder._limits.MaxMessageBytes / 2));
            encoder.Ensure(End + Math.Max(sizeHint, DefaultBytes), End);
        }

        private void ThrowIfTooLarge(int more)
        {
            if (Written + more > encoder._limits.MaxMessageBytes)
            {
                throw new PayloadTooLargeException(Written + more);
            }
        }
    }

    /// <summary>Leaves the serializer at the moment it passes the limit; never seen outside the encoder.</summary>
    private sealed class PayloadTooLargeException(int size) : Exception("The message is larger than the limit.")
    {
        internal int Size { get; } = size;
    }
}
