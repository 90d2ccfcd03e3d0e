using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Remote.Transport;

/// <content>The ways a call can end: by its handler, an abort, the deadline, the caller, or the loss of the connection.</content>
public sealed partial class GrpcServerStream
{
    /// <inheritdoc/>
    public void Abort()
    {
        if (!End(new GrpcStatus(GrpcStatusCode.Cancelled, "The call was aborted.")))
        {
            return;
        }

        lock (_end)
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
        End(status, cancel: false);
        if (Interlocked.Exchange(ref _closing, 1) != 0)
        {
            await _finished.Task.ConfigureAwait(false);
            return;
        }

        try
        {
            await _gate.CloseAsync().ConfigureAwait(false);
            await SendStatusAsync(Status ?? status).ConfigureAwait(false);
        }
        finally
        {
            _finished.TrySetResult();
        }
    }

    /// <summary>From here on the web server may use its objects for another request: nothing may touch them any more.</summary>
    internal void Dispose()
    {
        _aborted.Unregister();
        _deadlineTimer?.Dispose();
        lock (_end)
        {
            _isOver = true;
        }
    }

    private async Task SendStatusAsync(GrpcStatus final)
    {
        HttpResponse response = HttpContext.Response;
        if (_wasReset || HttpContext.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        if (_hasBody && !response.HasStarted)
        {
            await response.StartAsync().ConfigureAwait(false);
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

    /// <summary>
    /// Only notes it: whether the caller reset the call or the connection was lost may not be known yet, and the exception a
    /// reader gets says it better.
    /// </summary>
    private void OnRequestAborted()
    {
        _callerIsGone = true;
        _ended.Cancel();
    }

    // The connection's own flag comes first: it is set before anybody can notice that the connection is gone.
    private GrpcStatus CallerIsGone() => _fate?.IsLost ?? _connectionClosed.IsCancellationRequested
        ? new GrpcStatus(GrpcStatusCode.Unavailable, "The connection was lost.")
        : new GrpcStatus(GrpcStatusCode.Cancelled, "The caller reset the call.");

    private void OnDeadline()
    {
        if (!End(new GrpcStatus(GrpcStatusCode.DeadlineExceeded, "The deadline is over.")))
        {
            return;
        }

        lock (_end)
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

    private bool End(GrpcStatus status, bool cancel = true)
    {
        if (Interlocked.CompareExchange(ref _status, new StatusBox(status), null) is not null)
        {
            return false;
        }

        if (cancel)
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
}
