using Remote.Actors;
using Remote.Transport;

namespace Remote;

/// <summary>One stream of a client that was accepted: payload flows both ways until somebody leaves or it is lost. Used once.</summary>
internal sealed class ClientFlow
{
    // For a client without links that has half-closed and reads on. What is under way to it fits into a window, or it does not read.
    private static readonly TimeSpan LastWordsAtMost = TimeSpan.FromMilliseconds(500);

    private static readonly Task Never = new TaskCompletionSource().Task;

    private readonly RemoteNode _node;
    private readonly InboundStream _inbound;
    private readonly Endpoint _endpoint;
    private readonly LinkInflow? _inflow;
    private readonly EndpointConnection _connection;
    private readonly EndpointWriter _writer;

    // Whether the client has taken in all that was written, as far as its way to end the stream says.
    private bool _isCertain;

    /// <param name="node">The node.</param>
    /// <param name="inbound">The stream.</param>
    /// <param name="session">Whose it is.</param>
    /// <param name="inflow">The link towards us; <see langword="null"/> for none.</param>
    /// <param name="towards">What the client says of the other direction.</param>
    public ClientFlow(RemoteNode node, InboundStream inbound, ClientSession session, LinkInflow? inflow, LinkAnswer? towards)
    {
        var peer = inbound.Peer;
        var translation = OutboundTranslation.FromServer(node.Address, peer.Address, node.Endpoints.DialectOf(peer.Address, peer.SystemId));
        (_node, _inbound, _inflow, _endpoint) = (node, inbound, inflow, session.Endpoint);
        _connection = EndpointConnection.Accepted(inbound.Stream, peer, translation, towards);
        _writer = session.Attach(_connection);
    }

    /// <summary>Completes when nothing is read or written on the stream any more.</summary>
    /// <param name="leaving">Completes when this node leaves.</param>
    public async Task<StreamOutcome> RunAsync(Task leaving)
    {
        var stream = _inbound.Stream;
        using var back = _inflow is null ? null : new ReturnPath(_inflow, _writer, _connection.Stream);
        using var readStop = new CancellationTokenSource();
        var reader = new PayloadReader(_node, _inbound.Peer, _endpoint, _inflow) { StreamLost = stream.CancellationToken };
        using var pulse = new StreamPulse(_node, _inbound.Peer.Capabilities, stream.Reader, reader, back ?? (IStreamSender)_writer);
        var reading = reader.ReadAsync(stream.Reader, StreamRole.Acceptor, readStop.Token);
        try
        {
            return await RunAsync(reading, leaving, pulse.Dead).ConfigureAwait(false);
        }
        catch (GrpcException exception) when (exception.Status.Code is GrpcStatusCode.Unavailable or GrpcStatusCode.Cancelled)
        {
            return Ended(exception);
        }
        finally
        {
            await readStop.CancelAsync().ConfigureAwait(false);
            var detached = _endpoint.DetachAsync(_writer);
            if (!detached.IsCompleted && !_writer.Stopped.IsCompleted)
            {
                // A write that the client does not take in would hold the writer for ever.
                stream.Abort();
            }

            await detached.ConfigureAwait(false);
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            reader.End();
            if (!_isCertain)
            {
                // Not before the writer has said what it wrote last.
                _endpoint.ReportUnconfirmed();
            }
        }
    }

    private async Task<StreamOutcome> RunAsync(Task<StreamEnd> reading, Task leaving, Task dead)
    {
        var left = _inflow?.Left ?? Never;
        var first = await Task.WhenAny(reading, _writer.Stopped, leaving, left, dead).ConfigureAwait(false);
        if (first == _writer.Stopped || first == dead)
        {
            var failure = first == dead ? null : await _writer.Stopped.ConfigureAwait(false);
            return Ended(failure ?? _inbound.Lost(silent: first == dead));
        }

        if (first != reading)
        {
            await LeaveAsync(reading, isAsked: first == left).ConfigureAwait(false);
            _isCertain = reading.IsCompletedSuccessfully;
            return new StreamOutcome(first == left ? EndpointTerminatedReason.PeerLeft : EndpointTerminatedReason.Shutdown, _inbound.Lost(silent: false));
        }

        await reading.ConfigureAwait(false);
        if (_inflow is not null)
        {
            return Ended(_inbound.Lost(silent: false));
        }

        // Without links a half-close is all that there is of a goodbye; with them it is a cut unless the link was left before.
        await FinishAsync().ConfigureAwait(false);
        return new StreamOutcome(EndpointTerminatedReason.PeerLeft, _inbound.Lost(silent: false));
    }

    /// <summary>A client that had said that it leaves does not come back, however its stream ended.</summary>
    private StreamOutcome Ended(Exception error) => new(_inflow is { HasLeft: true } ? EndpointTerminatedReason.PeerLeft : null, error);

    /// <summary>Writes what is queued for a client that takes it in, so that detaching does not reset its stream in the middle of an answer.</summary>
    private async Task FinishAsync()
    {
        using var enough = new CancellationTokenSource();
        var late = Task.Delay(LastWordsAtMost, _node.Time, enough.Token);
        var drained = _endpoint.DrainAsync(RemoteDeadLetterReasons.EndpointClosed);
        await Task.WhenAny(drained, _writer.Stopped, late).ConfigureAwait(false);
        _isCertain = drained.IsCompleted;
        await enough.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>Both sides part: each writes what it had accepted, and is told that it arrived. Bounded by the time for a shutdown.</summary>
    /// <param name="reading">The reader, which ends when the client has half-closed.</param>
    /// <param name="isAsked">Whether it is the client that leaves.</param>
    private async Task LeaveAsync(Task reading, bool isAsked)
    {
        using var late = new CancellationTokenSource(_node.Options.ShutdownTimeout, _node.Time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _node.Hurry.Token);
        var over = Task.WhenAny(_writer.Stopped, reading, Task.Delay(Timeout.InfiniteTimeSpan, _node.Time, deadline.Token));
        var drained = _endpoint.DrainAsync(isAsked ? RemoteDeadLetterReasons.EndpointClosed : DeadLetterReason.Shutdown);
        try
        {
            if (_inflow is not null && !isAsked)
            {
                // First: a client whose actors take nothing in learns it too, and its own messages come while ours go.
                await WriteAsync(Handshake.Disconnect()).ConfigureAwait(false);
            }

            if (await Task.WhenAny(drained, over).ConfigureAwait(false) == over)
            {
                return;
            }

            // Both lanes are empty and nothing is taken any more.
            await WriteAsync(_inflow is null ? Handshake.Disconnect() : LinkFrames.Leave(_endpoint.FinalSequence)).ConfigureAwait(false);
            await Task.WhenAny(_endpoint.WhenAcknowledgedAsync(), over).ConfigureAwait(false);
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

        async Task WriteAsync(byte[] frame) => await _connection.Stream.WriteFrameAsync(frame, deadline.Token).ConfigureAwait(false);
    }
}

/// <summary>How the stream of a client ended.</summary>
/// <param name="Why">Why the client will not come back; <see langword="null"/> when it may.</param>
/// <param name="Error">What became of the stream, if it was lost.</param>
internal readonly record struct StreamOutcome(EndpointTerminatedReason? Why, Exception Error);
