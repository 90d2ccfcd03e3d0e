using System.Buffers;
using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace Remote.Transport;

public sealed partial class GrpcMethods
{
    /// <summary>Adds a unary method on protobuf messages.</summary>
    public GrpcMethods AddUnary<TRequest, TResponse>(string path, MessageParser<TRequest> parser, Func<TRequest, GrpcServerStream, Task<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : IMessage
    {
        ArgumentNullException.ThrowIfNull(parser);
        ArgumentNullException.ThrowIfNull(handler);
        return Add(path, Serve, GrpcMethodKind.Unary);

        async Task Serve(GrpcServerStream stream)
        {
            TRequest request = await ReadSingleAsync(stream, parser).ConfigureAwait(false);
            TResponse response = await handler(request, stream).ConfigureAwait(false);
            using PooledMessage message = PooledMessage.Of(response);
            stream.BufferLast(message.Memory.Span);
        }
    }

    /// <summary>Adds a unary method on raw bytes. The request is valid until the handler's task completes.</summary>
    public GrpcMethods AddUnary(string path, Func<ReadOnlySequence<byte>, IBufferWriter<byte>, GrpcServerStream, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Add(path, Serve, GrpcMethodKind.Unary);

        async Task Serve(GrpcServerStream stream)
        {
            if (!await stream.Reader.ReadAsync().ConfigureAwait(false))
            {
                throw Cardinality("no");
            }

            stream.ConfirmConnection();
            var response = new ArrayBufferWriter<byte>();
            await handler(stream.Reader.Message, response, stream).ConfigureAwait(false);
            await ReadEndAsync(stream).ConfigureAwait(false);
            stream.BufferLast(response.WrittenSpan);
        }
    }

    /// <summary>Adds a method that takes a stream of messages and answers with one.</summary>
    public GrpcMethods AddClientStreaming<TRequest, TResponse>(
        string path, MessageParser<TRequest> parser, Func<IAsyncEnumerable<TRequest>, GrpcServerStream, Task<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : IMessage
    {
        ArgumentNullException.ThrowIfNull(parser);
        ArgumentNullException.ThrowIfNull(handler);
        return Add(path, Serve, GrpcMethodKind.ClientStreaming);

        async Task Serve(GrpcServerStream stream)
        {
            TResponse response = await handler(ReadAllAsync(stream, parser), stream).ConfigureAwait(false);
            using PooledMessage message = PooledMessage.Of(response);
            stream.BufferLast(message.Memory.Span);
        }
    }

    /// <summary>Adds a method that takes one message and answers with a stream.</summary>
    public GrpcMethods AddServerStreaming<TRequest, TResponse>(
        string path, MessageParser<TRequest> parser, Func<TRequest, GrpcServerStream, IAsyncEnumerable<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : IMessage
    {
        ArgumentNullException.ThrowIfNull(parser);
        ArgumentNullException.ThrowIfNull(handler);
        return Add(path, Serve, GrpcMethodKind.ServerStreaming);

        async Task Serve(GrpcServerStream stream)
        {
            TRequest request = await ReadSingleAsync(stream, parser).ConfigureAwait(false);
            await WriteAllAsync(stream, handler(request, stream)).ConfigureAwait(false);
        }
    }

    /// <summary>Adds a method whose two sides stream independently.</summary>
    public GrpcMethods AddDuplex<TRequest, TResponse>(
        string path, MessageParser<TRequest> parser, Func<IAsyncEnumerable<TRequest>, GrpcServerStream, IAsyncEnumerable<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : IMessage
    {
        ArgumentNullException.ThrowIfNull(parser);
        ArgumentNullException.ThrowIfNull(handler);
        return Add(path, Serve, GrpcMethodKind.Duplex);

        async Task Serve(GrpcServerStream stream)
        {
            // The client may wait for headers before it writes anything.
            await stream.StartAsync().ConfigureAwait(false);
            await WriteAllAsync(stream, handler(ReadAllAsync(stream, parser), stream)).ConfigureAwait(false);
        }
    }

    private static async Task WriteAllAsync<TResponse>(GrpcServerStream stream, IAsyncEnumerable<TResponse> responses)
        where TResponse : IMessage
    {
        await foreach (TResponse response in responses.WithCancellation(stream.CancellationToken).ConfigureAwait(false))
        {
            await stream.WriteMessageAsync(response).ConfigureAwait(false);
        }
    }

    private static async IAsyncEnumerable<TRequest> ReadAllAsync<TRequest>(
        GrpcServerStream stream, MessageParser<TRequest> parser, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        where TRequest : class, IMessage<TRequest>
    {
        bool isFirst = true;
        await foreach (TRequest request in stream.ReadAllAsync(parser, cancellationToken).ConfigureAwait(false))
        {
            if (isFirst)
            {
                isFirst = false;
                stream.ConfirmConnection();
            }

            yield return request;
        }
    }

    private static async Task<TRequest> ReadSingleAsync<TRequest>(GrpcServerStream stream, MessageParser<TRequest> parser)
        where TRequest : class, IMessage<TRequest>
    {
        TRequest request = await stream.ReadMessageAsync(parser).ConfigureAwait(false) ?? throw Cardinality("no");
        await ReadEndAsync(stream).ConfigureAwait(false);
        stream.ConfirmConnection();
        return request;
    }

    private static async Task ReadEndAsync(GrpcServerStream stream)
    {
        if (await stream.Reader.ReadAsync().ConfigureAwait(false))
        {
            throw Cardinality("more than one");
        }
    }

    private static GrpcException Cardinality(string count) =>
        new(GrpcStatusCode.Unimplemented, $"The caller sent {count} message where the method has exactly one.");
}
