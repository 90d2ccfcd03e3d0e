using System.Buffers;

namespace Remote.Transport.Tests;

public sealed class GrpcFrameWriterTests
{
    // Bytes from the gRPC specification's grammar: flag, then the length in big-endian order.
    [Theory]
    [InlineData(0, false, new byte[] { 0, 0, 0, 0, 0 })]
    [InlineData(1, true, new byte[] { 1, 0, 0, 0, 1 })]
    [InlineData(0x01020304, false, new byte[] { 0, 1, 2, 3, 4 })]
    public void WritePrefix_Length_IsBigEndian(int length, bool compressed, byte[] expected)
    {
        var prefix = new byte[GrpcFrameWriter.PrefixLength];
        GrpcFrameWriter.WritePrefix(prefix, length, compressed);
        Assert.Equal(expected, prefix);
    }

    [Fact]
    public void WritePrefix_ToAWriter_IsFollowedByWhatIsWrittenNext()
    {
        var writer = new ArrayBufferWriter<byte>();
        GrpcFrameWriter.WritePrefix(writer, 2);
        writer.Write<byte>([7, 8]);
        Assert.Equal([0, 0, 0, 0, 2, 7, 8], writer.WrittenSpan.ToArray());
    }
}
