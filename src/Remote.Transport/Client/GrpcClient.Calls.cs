using System.Buffers;
using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace Remote.Transport;

public sealed partial class GrpcClient
{
    /// <summary>Sends one message and returns the one that answers it.</summary>
    /// <exception cref="GrpcException">The call ended with another status than OK.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the call is reset.</exception>
    public async Task<TResponse> UnaryAsync<TResponse>(
        string method, IMessage request, MessageParser<TResponse> parser, GrpcCallOptions? options = null, CancellationToken cancellationToken = default)
        where TResponse : class, IMessage<TResponse>
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(parser);
        using GrpcDuplexCall call = await OpenAsync(method, options, flushHeaders: false, cancellationToken).ConfigureAwait(false);
        using (PooledMessage message = PooledMessage.Of(request))
        {
            // A failure shows in reading, too, and better.
            _ = await TrySendAsync(call.WriteLastAsync(message.Memory, cancellationToken)).ConfigureAwait(false);
        }

        return await ReadSingleAsync(call, parser, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends one message of raw bytes and writes the answer to the response writer.</summary>
    /// <exception cref="GrpcException">The call ended with another status than OK.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the call is reset.</exception>
    public async Task UnaryAsync(
        string method, ReadOnlySequence<byte> request, IBufferWriter<byte> response, GrpcCallOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(response);
        using GrpcDuplexCall call = await OpenAsync(method, options, flushHeaders: false, cancellationToken).ConfigureAwait(false);
        using (PooledMessage message = PooledMessage.Of(request))
        {
            // A failure shows in reading, too, and better.
            _ = await TrySendAsync(call.WriteLastAsync(message.Memory, cancellationToken)).ConfigureAwait(false);
        }

        if (!await call.Reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            throw Cardinality("no");
        }

        foreach (ReadOnlyMemory<byte> segment in call.Reader.Message)
        {
            response.Write(segment.Span);
        }

        await ReadEndAsync(call, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a stream of messages and returns the one that answers them.</summary>
    /// <exception cref="GrpcException">The call ended with another status than OK.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the call is reset.</exception>
    public async Task<TResponse> ClientStreamingAsync<TResponse>(
        string method, IAsyncEnumerable<IMessage> requests, MessageParser<TResponse> parser, GrpcCallOptions? options = null, CancellationToken cancellationToken = default)
        where TResponse : class, IMessage<TResponse>
    {
        ArgumentNullException.ThrowIfNull(requests);
        ArgumentNullException.ThrowIfNull(parser);
        using GrpcDuplexCall call = await OpenAsync(method, options, flushHeaders: true, cancellationToken).ConfigureAwait(false);
        await SendAllAsync(call, requests, cancellationToken).ConfigureAwait(false);
        return await ReadSingleAsync(call, parser, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends one message and returns the stream that answers it. Leaving the loop early resets the call.</summary>
    /// <exception cref="GrpcException">The call ended with another status than OK.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the call is reset.</exception>
    public async IAsyncEnumerable<TResponse> ServerStreamingAsync<TResponse>(
        string method, IMessage request, MessageParser<TResponse> parser, GrpcCallOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        where TResponse : class, IMessage<TResponse>
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(parser);
        using GrpcDuplexCall call = await OpenAsync(method, options, flushHeaders: false, cancellationToken).ConfigureAwait(false);
        using (PooledMessage message = PooledMessage.Of(request))
        {
            // A failure shows in reading, too, and better.
            _ = await TrySendAsync(call.WriteLastAsync(message.Memory, cancellationToken)).ConfigureAwait(false);
        }

        await foreach (TResponse response in call.ReadAllAsync(parser, cancellationToken).ConfigureAwait(false))
        {
            yield return response;
        }
    }

    private static async Task SendAllAsync(GrpcDuplexCall call, IAsyncEnumerable<IMessage> requests, CancellationToken cancellationToken)
    {
        await foreach (IMessage request in requests.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (!await TrySendAsync(call.WriteMessageAsync(request, cancellationToken)).ConfigureAwait(false))
            {
                return;
            }
        }

        await call.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// False when the call ended under the write. The reader knows how, and a server may well answer before it has read
    /// everything; a write that failed knows only that it did.
    /// </summary>
    private static async ValueTask<bool> TrySendAsync(ValueTask write)
    {
        try
        {
            await write.ConfigureAwait(false);
            return true;
        }
        catch (GrpcException)
        {
            return false;
        }
    }

    private static async Task<TResponse> ReadSingleAsync<TResponse>(GrpcDuplexCall call, MessageParser<TResponse> parser, CancellationToken cancellationToken)
        where TResponse : class, IMessage<TResponse>
    {
        TResponse response = await call.ReadMessageAsync(parser, cancellationToken).ConfigureAwait(false) ?? throw Cardinality("no");
        await ReadEndAsync(call, cancellationToken).ConfigureAwait(false);
        return response;
    }

    private static async Task ReadEndAsync(GrpcDuplexCall call, CancellationToken cancellationToken)
    {
        if (await call.Reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            throw Cardinality("more than one");
        }
    }

    private static GrpcException Cardinality(string count) =>
        new(GrpcStatusCode.Unimplemented, $"The server sent {count} message where the method has exactly one.");
}
