using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Remote;

/// <summary>A call of Receive as its handler sees it. Valid until the handler's task completes.</summary>
internal sealed class AcceptedCall : IGrpcStream
{
    private const int CancelErrorCode = 8; // HTTP/2 CANCEL

    private static readonly TimeSpan TimerSlack = TimeSpan.FromMilliseconds(20);

    private readonly ServerCallContext _call;
    private readonly IServerStreamWriter<OutboundFrame> _responses;
    private readonly OutboundFrame _outbound = new();
    private readonly DateTime _deadline;
    private readonly PipeReader _body;
    private readonly IConnectionFate? _fate;
    private readonly CancellationToken _connectionClosed;
    private readonly WriteGate _gate = new();
    private readonly TimeProvider _time;
    private readonly PendingWrite _written;
    private readonly CancellationTokenRegistration _gone;
    private readonly Lock _end = new();
    private bool _isOver;
    private volatile bool _wasReset;

    /// <param name="requests">The messages of the caller.</param>
    /// <param name="responses">The messages to the caller.</param>
    /// <param name="call">The call as gRPC has it.</param>
    /// <param name="http">The call as the web server has it.</param>
    /// <param name="time">The clock by which a lost write is given up.</param>
    public AcceptedCall(IAsyncStreamReader<Frame> requests, IServerStreamWriter<OutboundFrame> responses, ServerCallContext call, HttpContext http, TimeProvider time)
    {
        (_call, _responses, HttpContext, CancellationToken, _deadline) = (call, responses, http, call.CancellationToken, call.Deadline);
        _body = http.Request.BodyReader;
        _fate = http.Features.Get<IConnectionFate>();
        _connectionClosed = http.Features.Get<IConnectionLifetimeFeature>()?.ConnectionClosed ?? default;
        _time = time;
        _written = new PendingWrite(time);
        _gone = CancellationToken.UnsafeRegister(static written => ((PendingWrite)written!).OnGone(), _written);
        Reader = new FrameReader(requests, http.Features.GetRequiredFeature<IReceivedBytes>(), OnFailure);
    }

    /// <summary>The HTTP request and response behind the call.</summary>
    public HttpContext HttpContext { get; }

    /// <summary>Who calls, by what the connection and the request say. Ask for it while the call lives.</summary>
    public RemotePeer Caller => field ??= Callers.Of(HttpContext, _call);

    /// <inheritdoc/>
    public FrameReader Reader { get; }

    /// <summary>Cancelled when the caller resets the call, the connection is lost, or the deadline is over.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>
    /// Says that the connection of this call has carried a request that is worth keeping it for. Idempotent, and without effect on the
    /// application's own web server.
    /// </summary>
    public void ConfirmConnection() => FirstRequestDeadline.Confirm(HttpContext);

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
    {
        if (SynchronizationContext.Current is null && TaskScheduler.Current == TaskScheduler.Default)
        {
            return WriteHereAsync(message, cancellationToken);
        }

        // The web server awaits in whatever context it finds, and would go on in the caller's (a user interface, a test) for all later writes of
        // the connection, and stop when that is occupied.
        return new ValueTask(Task.Run(() => WriteHereAsync(message, cancellationToken).AsTask(), CancellationToken.None));
    }

    /// <inheritdoc/>
    public ValueTask CompleteAsync(CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("A server ends a call by returning from its handler.");

    /// <inheritdoc/>
    public void Abort()
    {
        lock (_end)
        {
            if (_isOver || _wasReset)
            {
                return;
            }

            _wasReset = true;
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

    /// <summary>
    /// From here on the web server may use its objects for another request: nothing may touch them any more, and a write that is still under way
    /// has left them when this completes, as has a read that was given up. A write that the caller does not take in is waited for no longer than a
    /// lost one.
    /// </summary>
    public async Task EndAsync()
    {
        var closed = _gate.CloseAsync();
        await closed.WaitAsync(PendingWrite.Grace, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!closed.IsCompleted)
        {
            // A caller that lives and gives no window would hold it for ever.
            Abort();
            await closed.ConfigureAwait(false);
        }

        _gone.Unregister();
        _written.Dispose();
        if (Reader.End() is { } givenUp)
        {
            // It would go on in the body of the next request.
            CancelRead();
            await givenUp.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        lock (_end)
        {
            _isOver = true;
        }
    }

    private void CancelRead()
    {
        try
        {
            _body.CancelPendingRead();
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The request was aborted, with this exception, which is also what ends the read.
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteHereAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_gate.TryEnter())
        {
            // Once the handler has returned, nothing of the call may be asked any more.
            throw _gate.IsClosed ? CallFailure.Of(StatusCode.Cancelled, "The call has ended.")
                : IsOver ? Ended(cause: null)
                : new InvalidOperationException("Another write is under way; a call has one writer at a time.");
        }

        // Not the web server's own handling of the token: that resets the call as an internal error.
        var cancellation = cancellationToken.UnsafeRegister(static call => ((AcceptedCall)call!).Abort(), this);
        try
        {
            _outbound.Message = message;
            await _written.WaitAsync(_responses.WriteAsync(_outbound), CancellationToken).ConfigureAwait(false);
            if (IsOver)
            {
                // The web server swallows what is written to a request that is gone, or that we have reset.
                throw Ended(cause: null);
            }
        }
        catch (Exception exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw OnFailure(exception);
        }
        finally
        {
            // One that was given up may have nothing of the caller's any more.
            _outbound.Message = default;
            cancellation.Unregister();
            _gate.Leave();
        }
    }

    private bool IsOver => _wasReset || CancellationToken.IsCancellationRequested;

    /// <summary>A deadline that the caller set. It is gRPC's, by the clock of the system, and timers may be early by a tick.</summary>
    private bool IsDeadlineOver => _deadline <= (TimeProvider.System.GetUtcNow() + TimerSlack).UtcDateTime;

    private RpcException OnFailure(Exception exception)
    {
        // The end of a connection may show as a cancelled read before the token of the call says anything.
        var mapped = CallFailure.AtServer(exception);
        return mapped.StatusCode is StatusCode.Cancelled or StatusCode.Unavailable
            ? Ended(exception, mapped.StatusCode == StatusCode.Unavailable)
            : mapped;
    }

    // A call that was ended on this side fails with what Kestrel throws for a lost connection. The connection's own flag is set before anybody can
    // notice that it is gone.
    private RpcException Ended(Exception? cause, bool looksLost = false) =>
        _wasReset ? CallFailure.Of(StatusCode.Cancelled, "The call was aborted.", cause)
        : _fate?.IsLost ?? _connectionClosed.IsCancellationRequested ? CallFailure.Of(StatusCode.Unavailable, "The connection was lost.", cause)
        : IsDeadlineOver ? CallFailure.Of(StatusCode.DeadlineExceeded, "The deadline that the caller set is over.", cause)
        : looksLost ? CallFailure.Of(StatusCode.Unavailable, "The connection was lost.", cause)
        : CallFailure.Of(StatusCode.Cancelled, "The caller reset the call.", cause);
}
