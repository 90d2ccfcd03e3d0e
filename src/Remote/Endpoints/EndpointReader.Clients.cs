using Remote.Actors;
using Remote.Transport;

namespace Remote;

/// <summary>Nodes without a listener: payload flows both ways on the one stream that they open.</summary>
internal sealed partial class EndpointReader
{
    // For a client that has half-closed and reads on. What is under way to it fits into a window, or it does not read.
    private static readonly TimeSpan LastWordsAtMost = TimeSpan.FromMilliseconds(500);

    private async Task ServeClientAsync(InboundStream inbound)
    {
        if (inbound.Peer.Offer is not { } offer)
        {
            node.Links.ThrowIfExhausted();
            var session = await node.Clients.OpenAsync(inbound, link: null).ConfigureAwait(false);
            await ServeAsync(inbound, session, inflow: null, answer: null, towards: null).ConfigureAwait(false);
            return;
        }

        if (await node.Links.ClaimAsync(offer, inbound).ConfigureAwait(false) is not { } link)
        {
            await AcceptAsync(inbound, Unknown()).ConfigureAwait(false);
            return;
        }

        try
        {
            await ServeAsync(inbound, link, offer).ConfigureAwait(false);
        }
        finally
        {
            node.Links.Detach(link, inbound);
        }
    }

    /// <summary>The stream carries the client's link: a new one, or one whose session waits for it.</summary>
    private async Task ServeAsync(InboundStream inbound, InboundLinkState link, LinkOffer offer)
    {
        if (await SessionOfAsync(inbound, link).ConfigureAwait(false) is not { } session)
        {
            await AcceptAsync(inbound, Unknown()).ConfigureAwait(false);
        }
        else if (session.Endpoint.BeginAccepted(offer, inbound.Peer.SystemId) is not { } towards)
        {
            // It has forgotten what it acknowledged, or knows what it was never sent. Nothing can go on from there.
            var error = new RemoteException(RemoteError.ProtocolViolation, $"{inbound.Peer.Address} expects batch {offer.NextExpected}, which cannot be.");
            RemoteLog.ProtocolViolation(node.Log, inbound.Peer.Address, error.Message);
            session.StreamEnded(EndpointTerminatedReason.ClientLost, error);
            await AcceptAsync(inbound, Unknown()).ConfigureAwait(false);
        }
        else
        {
            var inflow = InboundLinks.InflowOf(link);
            await ServeAsync(inbound, session, inflow, AnswerOf(inflow, offer), towards).ConfigureAwait(false);
        }
    }

    /// <summary>The session of a link, owned by the stream from here on; <see langword="null"/> when it is over.</summary>
    private async ValueTask<ClientSession?> SessionOfAsync(InboundStream inbound, InboundLinkState link)
    {
        if (link.Client is { } known)
        {
            return known.TryResume(inbound) ? known : null;
        }

        try
        {
            var session = await node.Clients.OpenAsync(inbound, link).ConfigureAwait(false);
            link.Client = session;
            if (link.IsEnded)
            {
                // A moment ago, when there was no session to end.
                session.End(EndpointTerminatedReason.ClientLost);
            }

            return session;
        }
        catch (GrpcException)
        {
            node.Links.End(link);
            throw;
        }
    }

    /// <summary>One stream of a session, from the answer to the end.</summary>
    /// <param name="inbound">The stream.</param>
    /// <param name="session">Whose it is.</param>
    /// <param name="inflow">The link towards us; <see langword="null"/> for none.</param>
    /// <param name="answer">What we say of it.</param>
    /// <param name="towards">What the client says of the other direction.</param>
    private async Task ServeAsync(InboundStream inbound, ClientSession session, LinkInflow? inflow, LinkAnswer? answer, LinkAnswer? towards)
    {
        var accepted = false;
        var end = new StreamOutcome(null, Lost(inbound, silent: false));
        try
        {
            await AcceptAsync(inbound, answer).ConfigureAwait(false);
            accepted = true;
            end = await FlowAsync(inbound, session, inflow, towards).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            end = end with { Error = exception };
            throw;
        }
        finally
        {
            if (!accepted && towards is not null)
            {
                session.Endpoint.CancelAccepted();
            }

            session.StreamEnded(end.Why ?? (_stopping ? EndpointTerminatedReason.Shutdown : null), end.Error);
        }
    }

    /// <summary>Payload both ways on one stream.</summary>
    private async Task<StreamOutcome> FlowAsync(InboundStream inbound, ClientSession session, LinkInflow? inflow, LinkAnswer? towards)
    {
        var (peer, endpoint) = (inbound.Peer, session.Endpoint);
        var translation = OutboundTranslation.FromServer(node.Address, peer.Address, node.Endpoints.DialectOf(peer.Address, peer.SystemId));
        var connection = EndpointConnection.Accepted(inbound.Stream, peer, translation, towards);
        var writer = session.Attach(connection);
        using var back = inflow is null ? null : new ReturnPath(inflow, writer, connection.Stream);
        using var readStop = new CancellationTokenSource();
        var reader = new PayloadReader(node, peer, endpoint, inflow) { StreamLost = inbound.Stream.CancellationToken };
        using var pulse = new StreamPulse(node, peer.Capabilities, inbound.Stream.Reader, reader, back ?? (IStreamSender)writer);
        var reading = reader.ReadAsync(inbound.Stream.Reader, StreamRole.Acceptor, readStop.Token);
        try
        {
            var first = await Task.WhenAny(reading, writer.Stopped, LeavingAsync(inbound), pulse.Dead).ConfigureAwait(false);
            if (first == reading)
            {
                await reading.ConfigureAwait(false);

                // Without links a half-close is all that there is of a goodbye; with them it is a cut unless the link was left before.
                if (inflow is null)
                {
                    await FinishAsync(endpoint, writer).ConfigureAwait(false);
                }

                return new StreamOutcome(inflow is { HasLeft: false } ? null : EndpointTerminatedReason.PeerLeft, Lost(inbound, silent: false));
            }

            if (first == writer.Stopped || first == pulse.Dead)
            {
                endpoint.ReportUnconfirmed();
                var failure = first == pulse.Dead ? null : await writer.Stopped.ConfigureAwait(false);
                return new StreamOutcome(null, failure ?? Lost(inbound, silent: first == pulse.Dead));
            }

            await LeaveAsync(connection, endpoint, writer, reading).ConfigureAwait(false);
            return new StreamOutcome(EndpointTerminatedReason.Shutdown, Lost(inbound, silent: false));
        }
        catch (GrpcException exception) when (exception.Status.Code is GrpcStatusCode.Unavailable or GrpcStatusCode.Cancelled)
        {
            endpoint.ReportUnconfirmed();
            return new StreamOutcome(null, exception);
        }
        finally
        {
            await readStop.CancelAsync().ConfigureAwait(false);
            var detached = endpoint.DetachAsync(writer);
            if (!detached.IsCompleted && !writer.Stopped.IsCompleted)
            {
                // A write that the client does not take in would hold the writer for ever.
                inbound.Stream.Abort();
            }

            await detached.ConfigureAwait(false);
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            reader.End();
        }
    }

    /// <summary>Writes what is queued for a client that takes it in, so that detaching does not reset its stream in the middle of an answer.</summary>
    private async Task FinishAsync(Endpoint endpoint, EndpointWriter writer)
    {
        using var enough = new CancellationTokenSource();
        var late = Task.Delay(LastWordsAtMost, node.Time, enough.Token);
        await Task.WhenAny(endpoint.DrainAsync(RemoteDeadLetterReasons.EndpointClosed), writer.Stopped, late).ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);
    }

    private async Task LeaveAsync(EndpointConnection connection, Endpoint endpoint, EndpointWriter writer, Task<StreamEnd> reading)
    {
        using var late = new CancellationTokenSource(node.Options.ShutdownTimeout, node.Time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(late.Token, node.Hurry.Token);
        var expired = Task.Delay(Timeout.InfiniteTimeSpan, node.Time, deadline.Token);
        foreach (var step in new[] { () => endpoint.DrainAsync(DeadLetterReason.Shutdown), endpoint.WhenAcknowledgedAsync })
        {
            if (await Task.WhenAny(step(), writer.Stopped, reading, expired).ConfigureAwait(false) == expired)
            {
                return;
            }
        }

        // Both lanes are empty and nothing is taken any more.
        await connection.Stream.WriteFrameAsync(Handshake.Disconnect()).ConfigureAwait(false);
        await Task.WhenAny(reading, expired).ConfigureAwait(false);
        await deadline.CancelAsync().ConfigureAwait(false);
    }

    private static RemoteException Lost(InboundStream inbound, bool silent) => new(
        RemoteError.Unreachable, $"{inbound.Peer.Address} {(silent ? "gave no sign of life" : "ended the stream without a goodbye")}.")
    {
        Address = inbound.Peer.Address,
    };

    /// <summary>How the stream of a client ended.</summary>
    /// <param name="Why">Why the client will not come back; <see langword="null"/> when it may.</param>
    /// <param name="Error">What became of the stream, if it was lost.</param>
    private readonly record struct StreamOutcome(EndpointTerminatedReason? Why, Exception Error);
}
