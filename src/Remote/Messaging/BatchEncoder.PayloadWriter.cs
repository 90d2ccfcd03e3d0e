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

        private const int MaxRequestFactor = 4;

        internal int Start { get; private set; }

        internal int Written { get; private set; }

        /// <summary>The end of what a larger array has to take over.</summary>
        internal int End => Start + Written;

        /// <summary>
        /// A serializer is about to write. The array reaches up to the start at least, also for one that writes nothing: what lies past the
        /// end of an array can be neither kept nor moved.
        /// </summary>
        internal void Begin(int start)
        {
            encoder.Ensure(start, encoder._position);
            Start = start;
            Written = 0;
        }

        internal void Reset()
        {
            Start = 0;
            Written = 0;
        }

        public void Advance(int count)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(count);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(count, encoder._array.Length - End);
            Written += count;
            if (Written > encoder._limits.MaxMessageBytes)
            {
                throw new PayloadTooLargeException(Written);
            }
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

            // Writers ask for more than they use: System.Text.Json for three bytes per character. So what is asked for
            // may pass the limit several times; what is used may not.
            if (sizeHint > MaxRequestFactor * encoder._limits.MaxMessageBytes)
            {
                throw new PayloadTooLargeException(sizeHint / MaxRequestFactor);
            }

            // The serializer has called back: what fails here is a fault of the encoder, not of the application.
            encoder._isInSerializer = false;
            encoder.Ensure(End + Math.Max(sizeHint, DefaultBytes), End);
            encoder._isInSerializer = true;
        }
    }

    /// <summary>Leaves the serializer at the moment it passes the limit; never seen outside the encoder.</summary>
    private sealed class PayloadTooLargeException(int size) : Exception("The message is larger than the limit.")
    {
        internal int Size { get; } = size;
    }
}
