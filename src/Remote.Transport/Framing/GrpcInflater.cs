using System.Buffers;
using System.IO.Compression;

namespace Remote.Transport;

/// <summary>Inflates gzip messages into one buffer that grows up to the limit and is reused from message to message.</summary>
internal sealed class GrpcInflater
{
    private byte[] _buffer = [];

    private GrpcInflater()
    {
    }

    /// <summary>What we answer in <c>grpc-accept-encoding</c>.</summary>
    public const string Accepted = "identity,gzip";

    public static GrpcInflater Create(string? encoding) => encoding switch
    {
        "gzip" => new GrpcInflater(),
        null or "" or "identity" => throw new GrpcException(GrpcStatusCode.Internal, "A message is marked as compressed, but the call names no encoding."),
        _ => throw Unsupported(encoding),
    };

    public static GrpcException Unsupported(string encoding) =>
        new(GrpcStatusCode.Unimplemented, $"The message encoding '{encoding}' is not supported; supported are {Accepted}.");

    public ReadOnlySequence<byte> Inflate(ReadOnlySequence<byte> compressed, int maxBytes)
    {
        try
        {
            using var source = new SequenceStream(compressed);
            using var gzip = new GZipStream(source, CompressionMode.Decompress);
            int length = Fill(gzip, maxBytes);
            return new ReadOnlySequence<byte>(_buffer, 0, length);
        }
        catch (InvalidDataException exception)
        {
            throw new GrpcException(GrpcStatusCode.Internal, "A compressed message is corrupt.", exception);
        }
    }

    private int Fill(GZipStream gzip, int maxBytes)
    {
        int length = 0;
        while (true)
        {
            if (length == _buffer.Length)
            {
                // One byte over the limit is enough to know that the message is too large.
                int size = (int)Math.Min(Math.Max(4096, _buffer.Length * 2L), maxBytes + 1L);
                Array.Resize(ref _buffer, size);
            }

            int read = gzip.Read(_buffer, length, _buffer.Length - length);
            if (read == 0)
            {
                return length;
            }

            length += read;
            if (length > maxBytes)
            {
                throw new GrpcException(GrpcStatusCode.ResourceExhausted, $"A compressed message is larger than the limit of {maxBytes} bytes.");
            }
        }
    }
}
