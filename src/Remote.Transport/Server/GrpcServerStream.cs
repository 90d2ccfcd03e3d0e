using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Remote.Transport;

/// <summary>A call as its handler sees it. Valid until the handler's task completes.</summary>
public sealed class GrpcServerStream : IGrpcStream
{
    private const int CancelErrorCode = 8; // HTTP/2 CANCEL

    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly Source _source;
    private readonly CancellationTokenSource _ended;
    private readonly IConnectionFate? _fate;
    private readonly CancellationToken _connectionClosed;
    private readonly Lock _gate = new();
    private readonly ITimer? _deadlineTimer;
    private readonly CancellationTokenRegistration _aborted;
    private GrpcMetadata? _requestHeaders;
    private bool _hasHeaders;
    private bool _wasReset;
    private bool _isOver;
    private int _closing;
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
    public GrpcStatus? Status => Volatile.Read(ref _status)?.Status;

    /// <summary>Sends the response headers now instead of with the first message.</summary>
    /// <exception cref="GrpcException">The call is over.</exception>
    public async ValueTask StartAsync(CancellationToken cancellationToken = default)
    {
        PrepareHeaders();
        // Starting the response sends nothing by itself; a flush does.
        await FlushAsync(_output.FlushAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask WriteFrameAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken = default)
    {
        PrepareHeaders();
        ValueTask<FlushResult> flush;
        try
        {
            flush = _output.WriteAsync(frame, cancellationToken);
        }
        catch (Exception exception)
        {
            return ValueTask.FromException(_source.OnFailure(exception));
        }

        return flush.IsCompletedSuccessfully && flush.Result is { IsCompleted: false, IsCanceled: false } && Status is null
            ? ValueTask.CompletedTask
            : FlushAsync(flush, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask CompleteAsync(CancellationToken cancellationToken = default) => FinishAsync(GrpcStatus.OK);

    /// <inheritdoc/>
    public void Abort()
    {
        if (!End(new GrpcStatus(GrpcStatusCode.Cancelled, "The call was aborted.")))
        {
            return;
        }

        lock (_gate)
        {
            if (!_isOver)
            {
                _wasReset = true;
                Reset();
            }
        }
    }

    /// <summary>Ends the response with a status; the first status wins.</summary>
    internal async ValueTask FinishAsync(GrpcStatus status)
    {
        End(status);
        if (Interlocked.Exchange(ref _closing, 1) != 0)
        {
            return;
        }

        GrpcStatus final = Status ?? status;
        HttpResponse response = HttpContext.Response;
        if (_wasReset || HttpContext.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        if (response.HasStarted)
        {
            IHeaderDictionary trailers = HttpContext.Features.Get<IHttpResponseTrailersFeature>()?.Trailers ?? throw new InvalidOperationException("The server cannot send trailers.");
            GrpcServerFields.WriteStatus(trailers, final, Trailers);
        }
        else
        {
            // Trailers-only: one header frame carries everything.
            PrepareHeaders();
            GrpcServerFields.WriteStatus(response.Headers, final, Trailers);
        }

        await response.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>From here on the web server may use its objects for another request: nothing may touch them any more.</summary>
    internal void Dispose()
    {
        _aborted.Unregister();
        _deadlineTimer?.Dispose();
        lock (_gate)
        {
            _isOver = true;
        }
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

    private async ValueTask FlushAsync(ValueTask<FlushResult> flush, CancellationToken cancellationToken)
    {
        try
        {
            FlushResult result = await flush.ConfigureAwait(false);
            if (result.IsCompleted || result.IsCanceled || Status is not null)
            {
                throw new OperationCanceledException("The call is over.");
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw _source.OnFailure(exception);
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

    private void OnRequestAborted()
    {
        // The connection's own flag comes first: it is set before anybody can notice that the connection is gone.
        bool lost = _fate?.IsLost ?? _connectionClosed.IsCancellationRequested;
        End(lost
            ? new GrpcStatus(GrpcStatusCode.Unavailable, "The connection was lost.")
            : new GrpcStatus(GrpcStatusCode.Cancelled, "The caller reset the call."));
    }

    private void OnDeadline()
    {
        if (!End(new GrpcStatus(GrpcStatusCode.DeadlineExceeded, "The deadline is over.")))
        {
            return;
        }

        lock (_gate)
        {
            if (!_isOver)
            {
                CancelRead();
            }
        }
    }

    private void CancelRead()
    {
        try
        {
            _input.CancelPendingRead();
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The caller was faster: the read has failed already.
        }
    }

    private bool End(GrpcStatus status)
    {
        if (Interlocked.CompareExchange(ref _status, new StatusBox(status), null) is not null)
        {
            return false;
        }

        if (!status.IsOK)
        {
            _ended.Cancel();
        }

        return true;
    }

    private void Reset()
    {
        if (HttpContext.Features.Get<IHttpResetFeature>() is { } reset)
        {
            reset.Reset(CancelErrorCode);
        }
        else
        {
            HttpContext.Abort();
        }
    }

    private sealed record StatusBox(GrpcStatus Status);

    private sealed class Source(GrpcServerStream stream, string? encoding) : GrpcFrameSource
    {
        public override string? Encoding => encoding;

        public override ValueTask<PipeReader> OpenAsync(CancellationToken cancellationToken) => new(stream._input);

        public override void OnEnd()
        {
        }

        public override GrpcException OnFailure(Exception exception)
        {
            GrpcException mapped = GrpcStatusMapping.FromServerFailure(exception);
            stream.End(mapped.Status);
            GrpcStatus final = stream.Status ?? mapped.Status;
            return final == mapped.Status ? mapped : new GrpcException(final, exception);
        }
    }
}
