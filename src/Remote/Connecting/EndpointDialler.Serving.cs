using Remote.Actors;
using Remote.Transport;

namespace Remote;

/// <summary>While the connection stands: messages flow, somebody leaves, or it breaks.</summary>
internal sealed partial class EndpointDialler
{
    // Who leaves ends all its streams at about the same time; a peer that keeps one must not keep its watchers waiting. What a peer says at
    // the end of a stream comes right behind what made the write fail.
    private static readonly TimeSpan HearOutAtMost = TimeSpan.FromMilliseconds(500);

    /// <summary>Lets messages flow until somebody leaves or the stream breaks.</summary>
    private async Task<(EndpointTerminatedReason? Goodbye, Exception? Failure)> ServeAsync(EndpointConnection connection)
    {
        using var readStop = new CancellationTokenSource();
        if (_everConnected)
        {
            _endpoint.ReissueWatches();
        }

        _everConnected = true;
        var writer = _endpoint.Attach(connection);
        var inflow = connection.Answer is null ? null : _endpoint.Inflow;
        using var back = inflow is null ? null : new ReturnPath(inflow, writer, connection.Stream);
        var link = LinkOf(connection, inflow);
        using var pulse = new StreamPulse(_node, connection.Capabilities, connection.Stream.Reader, link, back ?? (IStreamSender)writer);
        var reading = link.ReadAsync(connection.Stream.Reader, StreamRole.Dialler, readStop.Token);
        var left = true;
        Exception? failure = null;
        try
        {
            var first = await Task.WhenAny(reading, writer.Stopped, _stopRequested.Task, pulse.Dead, _reconnect.Task).ConfigureAwait(false);
            if (first == _stopRequested.Task)
            {
                left = !_isBlocking && await TryLeaveAsync(connection, writer, back, link, reading, ReasonOf(_stopReason)).ConfigureAwait(false);
                return (StopReason, null);
            }

            failure = first == writer.Stopped ? await writer.Stopped.ConfigureAwait(false) : null;
            if (failure is GrpcException)
            {
                // A write that fails says only that the stream is over. Why is on its way to the reader, and a reset would overtake it.
                await HearOutAsync(reading).ConfigureAwait(false);
            }

            if (reading.IsCompleted && await reading.ConfigureAwait(false) == StreamEnd.DisconnectRequested)
            {
                left = await TryLeaveAsync(connection, writer, back, link, reading, RemoteDeadLetterReasons.EndpointClosed).ConfigureAwait(false);
                await HearOutAsync(_node.InboundEnd(connection.PeerSystemId)).ConfigureAwait(false);
                return (EndpointTerminatedReason.PeerLeft, null);
            }

            return (null, failure ??= Lost(first == pulse.Dead));
        }
        catch (Exception exception)
        {
            // Whatever it was: what was written on the stream is uncertain now, and is to be reported as for any other stream that broke.
            failure = exception;
            return (null, exception);
        }
        finally
        {
            connection.Stream.Abort();
            await readStop.CancelAsync().ConfigureAwait(false);
            await _endpoint.DetachAsync(writer, await IsVerdictAsync(failure, reading).ConfigureAwait(false)).ConfigureAwait(false);
            link.End();
            _lostAt = _node.Time.GetTimestamp();
            if (!left)
            {
                // What a goodbye cut short had written may or may not have been taken in.
                _endpoint.ReportUnconfirmed();
            }
        }
    }

    /// <summary>
    /// Whether the peer ended the stream on purpose. A write that fails says only that the stream is over; the reader learns why. Completes
    /// when the reader is at its end.
    /// </summary>
    private static async Task<bool> IsVerdictAsync(Exception? failure, Task reading)
    {
        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return IsVerdict(failure) || IsVerdict(reading.Exception?.InnerException);
    }

    private static bool IsVerdict(Exception? exception) => exception is GrpcException
    {
        Status.Code: GrpcStatusCode.InvalidArgument or GrpcStatusCode.ResourceExhausted or GrpcStatusCode.Internal or GrpcStatusCode.Unknown
    };

    private PayloadReader LinkOf(EndpointConnection connection, LinkInflow? inflow)
    {
        var peer = new PeerIdentity(connection.PeerSystemId, _endpoint.Address, IsClient: false);
        return new PayloadReader(_node, peer, _endpoint, inflow);
    }

    private RemoteException Lost(bool silent)
    {
        var what = _reconnect.Task.IsCompleted ? "is dialled again because somebody asked for it"
            : silent ? $"gave no sign of life for {_node.Options.Heartbeat.Timeout}"
            : "ended the stream without a goodbye";
        return new RemoteException(RemoteError.Unreachable, $"{_endpoint.Address} {what}.") { Address = _endpoint.Address };
    }

    /// <summary>
    /// Waits for the end of a stream that is about to come, but not long. For instance: the peer says goodbye on our stream, and what it had to
    /// tell us before is on its own: that actors stopped, which is not the same as a lost node.
    /// </summary>
    private async Task HearOutAsync(Task end)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        await Task.WhenAny(end, Task.Delay(HearOutAtMost, _node.Time, enough.Token)).ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Writes what is queued, waits until it is acknowledged if the peer does that, half-closes, and waits for the peer to end the call.
    /// </summary>
    /// <returns>Whether the peer did, so that it has taken in everything.</returns>
    private async Task<bool> TryLeaveAsync(
        EndpointConnection connection, EndpointWriter writer, ReturnPath? back, PayloadReader link, Task<StreamEnd> reading, DeadLetterReason refusal)
    {
        // Before anything else: what comes from now on is refused.
        var drained = _endpoint.DrainAsync(refusal);
        using var deadline = new CancellationTokenSource(_node.Options.ShutdownTimeout, _node.Time);
        using var cut = _cut.Token.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), deadline);
        using var hurry = _node.Hurry.Token.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), deadline);

        // Acknowledgements and credit still come in while the lanes drain.
        var ending = ReadToEndAsync(connection, link, reading, deadline.Token);
        try
        {
            await FirstAsync(drained, writer, ending, deadline.Token).ConfigureAwait(false);
            if (connection.Answer is not null)
            {
                // Both lanes are empty and take nothing any more: the stream is ours to write.
                await connection.Stream.WriteFrameAsync(LinkFrames.Leave(_endpoint.FinalSequence), deadline.Token).ConfigureAwait(false);
                await FirstAsync(_endpoint.WhenAcknowledgedAsync(), writer, ending, deadline.Token).ConfigureAwait(false);
                await PartAsync(writer, back, ending, deadline.Token).ConfigureAwait(false);
            }

            await connection.Stream.CompleteAsync(deadline.Token).ConfigureAwait(false);

            // The peer still has to take in what we wrote; ending the call before it does would throw that away.
            await ending.ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is GrpcException or RemoteException or MalformedFrameException or CreditExceededException or OperationCanceledException)
        {
            RemoteLog.LeftInHaste(_node.Log, _endpoint.Address, exception.Message);
            return false;
        }
        finally
        {
            await deadline.CancelAsync().ConfigureAwait(false);
            await ending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// On a stream that carries payload both ways the other direction ends too: the server has written the last of it, and is told that it arrived.
    /// After the half-close nothing can be said any more, and what it had sent would be of unknown fate.
    /// </summary>
    private async Task PartAsync(EndpointWriter writer, ReturnPath? back, Task ending, CancellationToken cancellationToken)
    {
        if (back is not null)
        {
            await FirstAsync(back.Left, writer, ending, cancellationToken).ConfigureAwait(false);
            await back.AcknowledgeAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Completes with the first task; fails when the stream or the time ends before.</summary>
    private async Task FirstAsync(Task awaited, EndpointWriter writer, Task ending, CancellationToken cancellationToken)
    {
        var expired = Task.Delay(Timeout.InfiniteTimeSpan, _node.Time, cancellationToken);
        if (await Task.WhenAny(awaited, writer.Stopped, ending, expired).ConfigureAwait(false) != awaited)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Lost(silent: false);
        }

        await awaited.ConfigureAwait(false);
    }

    private static async Task ReadToEndAsync(EndpointConnection connection, PayloadReader link, Task<StreamEnd> reading, CancellationToken cancellationToken)
    {
        // Asked to leave, maybe twice: we are about to.
        while (await reading.WaitAsync(cancellationToken).ConfigureAwait(false) == StreamEnd.DisconnectRequested)
        {
            reading = link.ReadAsync(connection.Stream.Reader, StreamRole.Dialler, cancellationToken);
        }
    }
}
