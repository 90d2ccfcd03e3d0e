using Grpc.Core;

namespace Remote;

/// <summary>
/// A stream that this node opened to a node with a listener: messages go out on it until one side leaves or the stream is lost. On a node
/// without a listener messages come in on it too.
/// </summary>
internal sealed class DialledSession(
    NodeContext context, EndpointConnection connection, StopRequest stop, InboundStreams inbound, in StreamParts parts)
    : StreamSession(context, parts)
{
    // A peer that leaves ends all its streams at about the same time; one that keeps one of them must not keep its watchers waiting. The
    // reason why a peer ended a stream arrives right after the write that fails.
    private static readonly TimeSpan HearOutAtMost = TimeSpan.FromMilliseconds(500);

    private Exception? _failure;

    protected override bool IsVerdict => IsVerdictOf(_failure) || IsVerdictOf(Reading.Exception?.InnerException);

    protected override async Task<StreamOutcome> ConcludeAsync(StreamTurn turn)
    {
        // Unless a goodbye is cut short, the dialler reports the messages written on a broken stream, and counts them as progress.
        IsCertain = true;
        try
        {
            if (turn == StreamTurn.Leaving)
            {
                IsCertain = !stop.IsBlocking && await TryLeaveAsync(DeadLetterReason.Of(stop.Reason)).ConfigureAwait(false);
                return new StreamOutcome(stop.Reason, Error: null);
            }

            _failure = turn == StreamTurn.WriteFailed ? await Writer!.Stopped.ConfigureAwait(false) : null;
            if (_failure is RpcException)
            {
                // A failed write says only that the stream is over. The reason is on its way to the reader, and a reset would overtake it.
                await WaitAtMostAsync(Reading, HearOutAtMost, stop.Token).ConfigureAwait(false);
            }

            if (Reading.IsCompleted && await Reading.ConfigureAwait(false))
            {
                IsCertain = await TryLeaveAsync(DeadLetterReason.EndpointClosed).ConfigureAwait(false);

                // Before it left, the peer may have said on its own stream that actors stopped, which is not the same as a lost node.
                await WaitAtMostAsync(inbound.WhenEndedAsync(Peer.Identity.SystemId), HearOutAtMost, stop.Token).ConfigureAwait(false);
                return new StreamOutcome(EndpointTerminatedReason.PeerLeft, Error: null);
            }

            return new StreamOutcome(Why: null, _failure ??= Lost(turn));
        }
        catch (Exception exception)
        {
            // Messages written on the stream are uncertain now, and are to be reported as for any other stream that broke.
            _failure = exception;
            return new StreamOutcome(Why: null, exception);
        }
        finally
        {
            // For tasks that still use the stream, before its reader is awaited.
            Stream.Abort();
        }
    }

    /// <summary>Whether the peer judged what it was sent, instead of being lost (decision pages 0014 and 0023).</summary>
    internal static bool IsVerdictOf(Exception? exception) => exception is RpcException
    {
        StatusCode: StatusCode.InvalidArgument or StatusCode.ResourceExhausted or StatusCode.Internal or StatusCode.Unknown
    };

    private RemoteException Lost(StreamTurn turn)
    {
        var what = turn switch
        {
            StreamTurn.Redial => "is dialled again because somebody asked for it",
            StreamTurn.Silent => $"gave no sign of life for {Context.Options.Heartbeat.Timeout}",
            _ => "ended the stream without a goodbye",
        };
        return new RemoteException(RemoteError.Unreachable, $"{Endpoint!.Address} {what}.") { Address = Endpoint.Address };
    }

    /// <summary>
    /// Writes the queued messages, awaits their acknowledgement if the peer sends any, half-closes, and awaits the call's end.
    /// </summary>
    /// <returns>Whether the peer ended the call, so that it has taken in everything.</returns>
    private async Task<bool> TryLeaveAsync(DeadLetterReason refusal)
    {
        // 1. From here on new messages are refused.
        var drained = Endpoint!.DrainAsync(refusal);
        using var late = new CancellationTokenSource(Context.Options.ShutdownTimeout, Context.Time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stop.CutToken, Context.Hurry);

        // 2. Acknowledgements and credit still come in while the lanes drain.
        var ending = ReadToEndAsync(deadline.Token);
        try
        {
            await FirstAsync(drained, ending, deadline.Token).ConfigureAwait(false);
            if (connection.Answer is not null)
            {
                await SayGoodbyeAsync(ending, deadline.Token).ConfigureAwait(false);
            }

            // 3. The peer still has to take in our last messages; ending the call before it does would throw them away.
            await Frames.CompleteAsync(deadline.Token).ConfigureAwait(false);
            await ending.ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is RpcException or RemoteException or MalformedFrameException or CreditExceededException or OperationCanceledException)
        {
            RemoteLog.LeftInHaste(Context.Log, Endpoint.Address, exception.Message);
            return false;
        }
        finally
        {
            await deadline.CancelAsync().ConfigureAwait(false);
            await ending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Names the last batch, and waits for its acknowledgement. Where payload comes in too, the peer's last batch is
    /// acknowledged as well: after the half-close nothing can be written any more, and the fate of that batch would be unknown.
    /// </summary>
    private async Task SayGoodbyeAsync(Task ending, CancellationToken cancellationToken)
    {
        await Frames.WriteAsync(LinkFrames.Leave(Endpoint!.FinalSequence), cancellationToken).ConfigureAwait(false);
        await FirstAsync(Endpoint.WhenAcknowledgedAsync(), ending, cancellationToken).ConfigureAwait(false);
        if (Inflow is not null)
        {
            await FirstAsync(Inflow.Left, ending, cancellationToken).ConfigureAwait(false);
            await Frames.AcknowledgeAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Completes with the first task; fails when the stream or the time ends before.</summary>
    private async Task FirstAsync(Task awaited, Task ending, CancellationToken cancellationToken)
    {
        var expired = Task.Delay(Timeout.InfiniteTimeSpan, Context.Time, cancellationToken);
        if (await Task.WhenAny(awaited, Writer!.Stopped, ending, expired).ConfigureAwait(false) != awaited)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Lost(StreamTurn.ReadToEnd);
        }

        await awaited.ConfigureAwait(false);
    }

    private async Task ReadToEndAsync(CancellationToken cancellationToken)
    {
        // A peer may ask us to leave more than once; we are about to.
        var reading = Reading;
        while (await reading.WaitAsync(cancellationToken).ConfigureAwait(false))
        {
            reading = ReadAsync(cancellationToken);
        }
    }
}
