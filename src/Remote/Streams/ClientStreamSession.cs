using Grpc.Core;

namespace Remote;

/// <summary>One stream of a client, at its server: payload flows both ways until one side leaves or the stream is lost.</summary>
internal sealed class ClientStreamSession(NodeContext context, InboundStream inbound, in StreamParts parts) : StreamSession(context, parts)
{
    // A client without links that has half-closed may read on: messages under way to it fit into a window, or it does not read.
    private static readonly TimeSpan LastWordsAtMost = TimeSpan.FromMilliseconds(500);

    protected override Task? PeerLeaves => Inflow?.Left;

    protected override async Task<StreamOutcome> ConcludeAsync(StreamTurn turn)
    {
        try
        {
            switch (turn)
            {
                case StreamTurn.WriteFailed:
                    return Ended(await Writer!.Stopped.ConfigureAwait(false) ?? inbound.Lost(silent: false));
                case StreamTurn.Silent:
                    return Ended(inbound.Lost(silent: true));
                case StreamTurn.ReadToEnd:
                    await Reading.ConfigureAwait(false);
                    return await HalfClosedAsync().ConfigureAwait(false);
                default:
                    var why = turn == StreamTurn.PeerLeaves ? EndpointTerminatedReason.PeerLeft
                        : inbound.LeavingFor ?? EndpointTerminatedReason.Shutdown;
                    await LeaveAsync(why).ConfigureAwait(false);
                    IsCertain = Reading.IsCompletedSuccessfully;
                    return new StreamOutcome(why, inbound.Lost(silent: false));
            }
        }
        catch (RpcException exception) when (exception.StatusCode is StatusCode.Unavailable or StatusCode.Cancelled)
        {
            return Ended(exception);
        }
    }

    /// <summary>A client that had said that it leaves does not come back, however its stream ended.</summary>
    private StreamOutcome Ended(Exception error) => new(Inflow is { Left.IsCompleted: true } ? EndpointTerminatedReason.PeerLeft : null, error);

    /// <summary>Without links a half-close is all there is of a goodbye; with them it is a cut unless the link was left before.</summary>
    private async Task<StreamOutcome> HalfClosedAsync()
    {
        if (Inflow is not null)
        {
            return Ended(inbound.Lost(silent: false));
        }

        // Queued messages are written to a client that takes them in: detaching would reset its stream amid an answer.
        var drained = Endpoint!.DrainAsync(DeadLetterReason.EndpointClosed);
        await WaitAtMostAsync(Task.WhenAny(drained, Writer!.Stopped), LastWordsAtMost).ConfigureAwait(false);
        IsCertain = drained.IsCompleted;
        return new StreamOutcome(EndpointTerminatedReason.PeerLeft, inbound.Lost(silent: false));
    }

    /// <summary>Both sides part: each writes what it had accepted, and learns that it arrived. Bounded by the shutdown timeout.</summary>
    private async Task LeaveAsync(EndpointTerminatedReason why)
    {
        var clientLeaves = why == EndpointTerminatedReason.PeerLeft;
        using var late = new CancellationTokenSource(Context.Options.ShutdownTimeout, Context.Time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(late.Token, Context.Hurry);
        var over = Task.WhenAny(Writer!.Stopped, Reading, Task.Delay(Timeout.InfiniteTimeSpan, Context.Time, deadline.Token));
        var drained = Endpoint!.DrainAsync(DeadLetterReason.Of(why));
        try
        {
            // 1. The wish to part goes first: a client whose actors take nothing in learns it too, and its own messages come while ours go.
            if (Inflow is not null && !clientLeaves)
            {
                await Frames.WriteAsync(Handshake.Disconnect(), deadline.Token).ConfigureAwait(false);
            }

            // 2. The queued messages are written. When both lanes are empty, no more are taken.
            if (await Task.WhenAny(drained, over).ConfigureAwait(false) == over)
            {
                return;
            }

            // 3. The goodbye is written, and its acknowledgement and the client's half-close awaited.
            var goodbye = Inflow is null ? Handshake.Disconnect() : LinkFrames.Leave(Endpoint.FinalSequence);
            await Frames.WriteAsync(goodbye, deadline.Token).ConfigureAwait(false);
            await Task.WhenAny(Endpoint.WhenAcknowledgedAsync(), over).ConfigureAwait(false);
            await over.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            // The client takes nothing in any more, and the time is up.
        }
        finally
        {
            await deadline.CancelAsync().ConfigureAwait(false);
        }
    }
}
