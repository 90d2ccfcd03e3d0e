using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Remote.Transport;

/// <summary>A call as its handler sees it. Valid until the handler's task completes.</summary>
public sealed partial class GrpcServerStream : IGrpcStream
{
    private const int CancelErrorCode = 8; // HTTP/2 CANCEL

    /// <summary>
    /// So small a message is copied behind its prefix and handed to Kestrel in one piece. Prefix and message one after the other are two more
    /// calls with their locks: measured, a sixth of all work for a message of 100 bytes, and lost in the noise for one of 1,000.
    /// </summary>
    private const int SmallBytes = 1024;

    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly Source _source;
    private readonly CancellationTokenSource _ended;
    private readonly IConnectionFate? _fate;
    private readonly CancellationToken _connectionClosed;
    private readonly WriteGate _gate = new();
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _end = new();
    private readonly ITimer? _deadlineTimer;
    private readonly CancellationTokenRegistration _aborted;
    private GrpcMetadata? _requestHeaders;
    private bool _hasHeaders;
    private bool _hasBody;
    private bool _wasReset;
    private bool _isOver;
    private int _closing;
    private volatile bool _callerIsGone;
    private StatusBox? _status;

    internal GrpcServerStream(HttpContext context, string method, GrpcServiceOptions options)
    {
        HttpContext = context;
        Method = method;
        _input = context.Request.BodyReader;
        _output = context.Response.BodyWriter;
        _ended = new CancellationTokenSource();
        _source = new Source(this, context.Request.Headers["grpc-encoding"]);
        Reader = new GrpcFrameReader(_source, options.MaxReceiveMessageBytes, _input);
        _fate = context.Features.Get<IConnectionFate>();
        _connectionClosed = context.Features.Get<IConnectionLifetimeFeature>()?.ConnectionClosed ?? default;
        _aborted = context.RequestAborted.UnsafeRegister(static state => ((GrpcServerStream)state!).OnRequestAborted(), this);
        if (GrpcTimeout.TryDecode(context.Request.Headers["grpc-timeout"].ToString(), out TimeSpan timeout))
        {
            Deadline = options.TimeProvider.GetUtcNow() + Min(timeout, TimeSpan.FromDays(365));
            _deadlineTimer = options.TimeProvider.CreateTimer(
                static state => ((GrpcServerStream)state!).OnDeadline(), this, Min(timeout, TimeSpan.FromDays(40)), Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The HTTP request and response behind the call.</summary>
    public HttpContext HttpContext { get; }

    /// <inheritdoc/>
    public string Method { get; }

    /// <inheritdoc/>
    public GrpcFrameReader Reader { get; }

    /// <summary>The metadata the caller sent.</summary>
    public GrpcMetadata RequestHeaders => _requestHeaders ??= ReadRequestHeaders();

    /// <summary>Metadata that goes out with the first message or <see cref="StartAsync"/>; additions after that are lost.</summary>
    public GrpcMetadata ResponseHeaders { get; } = new();

    /// <summary>Metadata that goes out with the status.</summary>
    public GrpcMetadata Trailers { get; } = new();

    /// <summary>When the caller gives up; null: never.</summary>
    public DateTimeOffset? Deadline { get; }

    /// <summary>Cancelled when the caller resets the call, the connection is lost, or the deadline is over.</summary>
    public CancellationToken CancellationToken => _ended.Token;

    /// <inheritdoc/>
    public GrpcStatus? Status => Volatile.Read(ref _status)?.Status ?? (_callerIsGone ? CallerIsGone() : null);

    /// <summary>
    /// Says that the connection of this call has carried a request that is worth keeping it for: <see cref="GrpcServerOptions.FirstRequestTimeout"/>
    /// does not end it any more. Idempotent, and without effect on a shared host.
    /// </summary>
    public void ConfirmConnection() => HttpContext.Features.Get<FirstRequestDeadline.Guard>()?.Confirm();

    /// <summary>Sends the response headers now instead of with the first message.</summary>
    /// <exception cref="GrpcException">The call is over.</exception>
    public async ValueTask StartAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Enter();
        try
        {
            PrepareHeaders();
            // Starting the response sends nothing by itself; a flush does. Headers wait for no window.
            ThrowIfOver(await _output.FlushAsync(CancellationToken.None).ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            throw _source.OnFailure(exception);
        }
        finally
        {
            _gate.Leave();
        }
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (SynchronizationContext.Current is not null)
        {
            // Kestrel assumes none: what it awaits below would go on in the caller's context (a user interface, a test) for all later writes of
            // the connection, and stop when that is occupied. An async method gives the context back when it returns.
            SynchronizationContext.SetSynchronizationContext(null);
        }

        Enter();
        // Not Kestrel's own handling of the token: that resets the call as an internal error.
        CancellationTokenRegistration cancellation = cancellationToken.UnsafeRegister(static stream => ((GrpcServerStream)stream!).Abort(), this);
        byte[] small = message.Length <= SmallBytes ? ArrayPool<byte>.Shared.Rent(GrpcFrameWriter.PrefixLength + message.Length) : [];
        try
        {
            PrepareHeaders();
            ThrowIfOver(await SendAsync(message, small).ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw _source.OnFailure(exception);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(small);
            cancellation.Unregister();
            _gate.Leave();
        }
    }

    /// <inheritdoc/>
    public ValueTask CompleteAsync(CancellationToken cancellationToken = default) => FinishAsync(GrpcStatus.OK);

    /// <summary>Takes the last message; it goes out together with the status.</summary>
    internal void BufferLast(ReadOnlySpan<byte> message)
    {
        Enter();
        try
        {
            PrepareHeaders();
            GrpcFrameWriter.WritePrefix(_output, message.Length);
            _output.Write(message);
            _hasBody = true;
        }
        catch (Exception exception)
        {
            throw _source.OnFailure(exception);
        }
        finally
        {
            _gate.Leave();
        }
    }

    private ValueTask<FlushResult> SendAsync(ReadOnlyMemory<byte> message, byte[] small)
    {
        if (small.Length == 0)
        {
            GrpcFrameWriter.WritePrefix(_output, message.Length);
            return _output.WriteAsync(message, CancellationToken.None);
        }

        GrpcFrameWriter.WritePrefix(small, message.Length);
        message.Span.CopyTo(small.AsSpan(GrpcFrameWriter.PrefixLength));
        return _output.WriteAsync(small.AsMemory(0, GrpcFrameWriter.PrefixLength + message.Length), CancellationToken.None);
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private void PrepareHeaders()
    {
        if (!_hasHeaders)
        {
            _hasHeaders = true;
            GrpcServerFields.WriteHead(HttpContext.Response, ResponseHeaders);
        }
    }

    private void Enter()
    {
        if (Status is { } status)
        {
            throw new GrpcException(status.IsOK ? new GrpcStatus(GrpcStatusCode.Cancelled, "The call has ended.") : status);
        }

        if (!_gate.TryEnter())
        {
            throw new InvalidOperationException("Another write is under way; a call has one writer at a time.");
        }
    }

    private void ThrowIfOver(FlushResult result)
    {
        if (result.IsCompleted || result.IsCanceled || Status is not null)
        {
            throw new OperationCanceledException("The call is over.");
        }
    }

    private GrpcMetadata ReadRequestHeaders()
    {
        var metadata = new GrpcMetadata();
        foreach ((string name, StringValues values) in HttpContext.Request.Headers)
        {
            GrpcServerFields.AddTo(metadata, name, values);
        }

        return metadata;
    }

    private sealed record StatusBox(GrpcStatus Status);

    private sealed class Source(GrpcServerStream stream, string? encoding) : GrpcFrameSource
    {
        public override string? Encoding => encoding;

        public override bool OwnsPipe => false;

        public override ValueTask<PipeReader> OpenAsync(CancellationToken cancellationToken) => new(stream._input);

        public override void OnEnd()
        {
        }

        public override GrpcException OnFailure(Exception exception)
        {
            GrpcException mapped = GrpcStatusMapping.FromServerFailure(exception);
            bool saysLittle = mapped.Status.Code == GrpcStatusCode.Cancelled && stream._callerIsGone;
            stream.End(saysLittle ? stream.CallerIsGone() : mapped.Status);
            GrpcStatus final = stream.Status ?? mapped.Status;
            return final == mapped.Status || final.IsOK ? mapped : new GrpcException(final, exception);
        }
    }
}
