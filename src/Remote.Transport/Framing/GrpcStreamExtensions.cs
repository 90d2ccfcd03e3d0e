using System.Buffers;
using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace Remote.Transport;

/// <summary>Reads and writes whole messages on a call in the forms that are not the hottest.</summary>
public static class GrpcStreamExtensions
{
    /// <summary>Sends one protobuf message.</summary>
    /// <exception cref="GrpcException">The call is over or the connection was lost.</exception>
    public static async ValueTask WriteMessageAsync(this IGrpcStream stream, IMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(message);
        using PooledMessage pooled = PooledMessage.Of(message);
        await stream.WriteAsync(pooled.Memory, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends one message of raw bytes.</summary>
    /// <exception cref="GrpcException">The call is over or the connection was lost.</exception>
    public static async ValueTask WriteMessageAsync(this IGrpcStream stream, ReadOnlySequence<byte> message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using PooledMessage pooled = PooledMessage.Of(message);
        await stream.WriteAsync(pooled.Memory, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads the next message; null at the clean end of the stream.</summary>
    /// <exception cref="GrpcException">The call ended otherwise, or the bytes are no such message.</exception>
    public static async ValueTask<T?> ReadMessageAsync<T>(this IGrpcStream stream, MessageParser<T> parser, CancellationToken cancellationToken = default)
        where T : class, IMessage<T>
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(parser);
        return await stream.Reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? Parse(parser, stream.Reader.Message) : null;
    }

    /// <summary>Reads the messages to the end of the stream.</summary>
    /// <exception cref="GrpcException">The call ended otherwise, or some bytes are no such message.</exception>
    public static async IAsyncEnumerable<T> ReadAllAsync<T>(
        this IGrpcStream stream, MessageParser<T> parser, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        where T : class, IMessage<T>
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(parser);
        while (await stream.Reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return Parse(parser, stream.Reader.Message);
        }
    }

    internal static T Parse<T>(MessageParser<T> parser, ReadOnlySequence<byte> bytes)
        where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new GrpcException(GrpcStatusCode.Internal, $"The bytes are no {typeof(T).Name}.", exception);
        }
    }
}
