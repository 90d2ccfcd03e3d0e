using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Remote.Transport;

/// <summary>A call as its client sees it, for all four kinds of method. Dispose it, or read it to its end.</summary>
public sealed class GrpcDuplexCall : IGrpcStream, IAsyncDisposable, IDisposable
{
    // So much of a message is copied behind its prefix. Each write to the body becomes DATA frames of its own: a prefix written apart would
    // be one more frame for every message, while this fills the first one exactly, and the rest of a larger one is written from where it lies.
    private const int BeginningBytes = (16 * 1024) - GrpcFrameWriter.PrefixLength;

    private static readonly StreamPipeReaderOptions ReaderOptions = new(
        LargeBlockMemoryPool.Instance, bufferSize: 64 * 1024, minimumReadSize: 4 * 1024, leaveOpen: true, useZeroByteReads: true);

    /// <summary>Timers end at 49 days; a call with a longer deadline leaves it to the server.</summary>
    private static readonly TimeSpan MaxTimer = TimeSpan.FromDays(40);

    private readonly GrpcRequestContent _content;
    private readonly CancellationTokenSource _reset = new();
    private readonly WriteGate _writing = new();
    private readonly Source _source;
    private Task<HttpResponseMessage> _response = null!;
    private Stream _requestBody = null!;
    private ITimer? _deadline;
    private CancellationTokenRegistration _clientDisposed;
    private StrongBox<GrpcStatus>? _status;
    private string? _encoding;

    internal GrpcDuplexCall(string method, GrpcRequestContent content, int maxReceiveMessageBytes)
    {
        Method = method;
        _content = content;
        _source = new Source(this);
        Reader = new GrpcFrameReader(_source, maxReceiveMessageBytes);
    }

    /// <inheritdoc/>
    public string Method { get; }

    /// <inheritdoc/>
    public GrpcFrameReader Reader { get; }

    /// <inheritdoc/>
    public GrpcStatus? Status => Volatile.Read(ref _status)?.Value;

    /// <summary>The trailing metadata; null until <see cref="Reader"/> has come to the end.</summary>
    public GrpcMetadata? Trailers { get; private set; }

    /// <summary>Waits for the response headers and returns their metadata. May be called at any time, more than once.</summary>
    /// <exception cref="GrpcException">The call ended before it was answered.</exception>
    public async Task<GrpcMetadata> GetResponseHeadersAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            HttpResponseMessage response = await _response.WaitAsync(cancellationToken).ConfigureAwait(false);
            return GrpcHttpFields.Read(response.Headers);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw _source.OnFailure(exception);
        }
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default) =>
        WriteAsync(message, isLast: false, cancellationToken);

    /// <inheritdoc/>
    public ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        _content.Complete();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Abort() => End(new GrpcStatus(GrpcStatusCode.Cancelled, "The call was aborted."), reset: true);

    /// <summary>Resets the call unless it has ended.</summary>
    public void Dispose() => Abort();

    /// <summary>Resets the call unless it has ended.</summary>
    public ValueTask DisposeAsync()
    {
        Abort();
        return ValueTask.CompletedTask;
    }

    /// <summary>Sends the last message and half-closes, together in one packet when they fit.</summary>
    internal ValueTask WriteLastAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
        WriteAsync(message, isLast: true, cancellationToken);

    /// <summary>Ends the call together with its client.</summary>
    internal void AbortWith(CancellationToken clientDisposed) =>
        _clientDisposed = clientDisposed.UnsafeRegister(static call => ((GrpcDuplexCall)call!).Abort(), this);

    /// <summary>Sends the request; completes when the headers are on their way and the body can be written.</summary>
    internal async ValueTask OpenAsync(
        HttpMessageInvoker invoker, HttpRequestMessage request, TimeSpan? timeout, TimeProvider time, bool flushHeaders, CancellationToken cancellationToken)
    {
        if (timeout is { } limit && limit < MaxTimer)
        {
            TimeSpan due = limit > TimeSpan.Zero ? limit : TimeSpan.Zero;
            _deadline = time.CreateTimer(static call => ((GrpcDuplexCall)call!).OnDeadline(), this, due, Timeout.InfiniteTimeSpan);
        }

        try
        {
            _response = invoker.SendAsync(request, _reset.Token);
            _ = _response.ContinueWith(
                static (task, call) => ((GrpcDuplexCall)call!).OnResponse(task), this, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            await Task.WhenAny(_content.Opened, _response).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (!_content.Opened.IsCompleted)
            {
                await _response.ConfigureAwait(false);
            }

            _requestBody = await _content.Opened.ConfigureAwait(false);
            if (flushHeaders)
            {
                await FlushHeadersAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Abort();
            throw;
        }
        catch (Exception exception)
        {
            throw _source.OnFailure(exception);
        }
    }

    private async ValueTask FlushHeadersAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _requestBody.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested && Status is null && !_response.IsFaulted && !_response.IsCanceled)
        {
            // The server has refused the call already; its status is on its way to the reader.
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteAsync(ReadOnlyMemory<byte> message, bool isLast, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_writing.TryEnter())
        {
            throw new InvalidOperationException("Another write is under way; a call has one writer at a time.");
        }

        int beginning = Math.Min(message.Length, BeginningBytes);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(GrpcFrameWriter.PrefixLength + beginning);
        try
        {
            GrpcFrameWriter.WritePrefix(buffer, message.Length);
            message.Span[..beginning].CopyTo(buffer.AsSpan(GrpcFrameWriter.PrefixLength));
            await _requestBody.WriteAsync(buffer.AsMemory(0, GrpcFrameWriter.PrefixLength + beginning), cancellationToken).ConfigureAwait(false);
            if (beginning < message.Length)
            {
                await _requestBody.WriteAsync(message[beginning..], cancellationToken).ConfigureAwait(false);
            }

            if (isLast)
            {
                // The end of the body is flushed by the handler itself.
                _content.Complete();
                return;
            }

            // After the write, not beside it: a flush that is queued together with a write overtakes it when the write has to
            // wait for flow-control credit, and measured side by side the two are no faster.
            await _requestBody.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Part of the message may be on its way; whatever came next would be read as the rest of it.
            Abort();
            throw;
        }
        catch (Exception exception)
        {
            throw OnWriteFailure(exception);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            _writing.Leave();
        }
    }

    /// <summary>The reader decides how the call ended: the status may be on its way behind messages not yet read.</summary>
    private GrpcException OnWriteFailure(Exception exception)
    {
        if (Status is { } status)
        {
            return status.IsOK ? new GrpcException(GrpcStatusCode.Cancelled, "The call has ended.", exception) : new GrpcException(status, exception);
        }

        // The body's own exception only says that it was given up.
        return GrpcStatusMapping.FromClientFailure(_response.Exception?.InnerException ?? exception);
    }

    private void OnDeadline() => End(new GrpcStatus(GrpcStatusCode.DeadlineExceeded, "The deadline is over."), reset: true);

    private void OnResponse(Task<HttpResponseMessage> task)
    {
        if (!task.IsCompletedSuccessfully)
        {
            _source.OnFailure(task.Exception?.InnerException ?? new OperationCanceledException());
        }
        else if (Status is not null)
        {
            task.Result.Dispose();
        }
    }

    /// <summary>The first to come decides the status; everyone else finds the call closed.</summary>
    private bool End(GrpcStatus status, bool reset)
    {
        if (Interlocked.CompareExchange(ref _status, new StrongBox<GrpcStatus>(status), null) is not null)
        {
            return false;
        }

        _deadline?.Dispose();
        _clientDisposed.Unregister();
        if (reset)
        {
            _reset.Cancel();
            if (_response is { IsCompletedSuccessfully: true } response)
            {
                response.Result.Dispose();
            }
        }

        _content.Complete();
        return true;
    }

    /// <summary>The reader's view of the response.</summary>
    private sealed class Source(GrpcDuplexCall call) : GrpcFrameSource
    {
        public override string? Encoding => call._encoding;

        public override bool OwnsPipe => true;

        public override async ValueTask<PipeReader> OpenAsync(CancellationToken cancellationToken)
        {
            HttpResponseMessage response = await call._response.WaitAsync(cancellationToken).ConfigureAwait(false);
            int http = (int)response.StatusCode;
            if (http != 200 && !GrpcHttpFields.TryReadStatus(response.Headers, out _))
            {
                throw new GrpcException(GrpcStatusMapping.FromHttpStatus(http), $"The server answered HTTP status {http}.");
            }

            string? type = GrpcHttpFields.ReadSingle(response.Content.Headers, "content-type");
            if (!GrpcStatusMapping.IsGrpc(type))
            {
                throw new GrpcException(GrpcStatusCode.Unknown, $"The answer is not gRPC; its content type is '{type}'.");
            }

            call._encoding = GrpcHttpFields.ReadSingle(response.Headers, "grpc-encoding");
            Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            return PipeReader.Create(body, ReaderOptions);
        }

        public override void OnEnd()
        {
            HttpResponseMessage response = call._response.Result;
            bool found = GrpcHttpFields.TryReadStatus(response.TrailingHeaders, out GrpcStatus status);
            call.Trailers = GrpcHttpFields.Read(found ? response.TrailingHeaders : response.Headers);
            if (!found && !GrpcHttpFields.TryReadStatus(response.Headers, out status))
            {
                status = new GrpcStatus(GrpcStatusCode.Internal, "The answer ended without a status.");
            }

            call.End(status, reset: false);
            if (call.Status is { IsOK: false } final)
            {
                throw new GrpcException(final) { Trailers = call.Trailers };
            }
        }

        public override GrpcException OnFailure(Exception exception)
        {
            GrpcException mapped = GrpcStatusMapping.FromClientFailure(exception);
            call.End(mapped.Status, reset: true);
            GrpcStatus final = call.Status ?? mapped.Status;
            return final == mapped.Status || final.IsOK ? mapped : new GrpcException(final, exception);
        }
    }
}
