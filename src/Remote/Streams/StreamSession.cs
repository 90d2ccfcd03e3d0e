
namespace Remote;

/// <summary>The first thing that brings a stream towards its end.</summary>
internal enum StreamTurn
{
    /// <summary>The stream was read to its end, or reading it failed.</summary>
    ReadToEnd,

    WriteFailed,

    /// <summary>This side is to leave.</summary>
    Leaving,

    /// <summary>The peer has said that nothing comes any more.</summary>
    PeerLeaves,

    /// <summary>The peer gave no sign of life for the timeout.</summary>
    Silent,

    /// <summary>The peer is to be dialled again.</summary>
    Redial,
}

/// <summary>How a stream ended.</summary>
/// <param name="Why">Why no other stream follows it; <see langword="null"/> when one may.</param>
/// <param name="Error">The failure that lost the stream, if one did.</param>
internal readonly record struct StreamOutcome(EndpointTerminatedReason? Why, Exception? Error);

/// <summary>
/// One open stream, from the end of its handshake to the moment when nothing of it is read or written any more. The same for the side
/// that dialled (<see cref="DialledSession"/>), the side that accepted (<see cref="AcceptedSession"/>) and the server of a client
/// (<see cref="ClientStreamSession"/>), which differ in how they part. Used once.
/// </summary>
internal abstract class StreamSession(NodeContext context, in StreamParts parts)
{
    private readonly PayloadReader _payload = parts.Payload;
    private Task<bool>? _reading;

    protected NodeContext Context { get; } = context;

    protected StreamPeer Peer { get; } = parts.Peer;

    protected IGrpcStream Stream { get; } = parts.Stream;

    protected FrameWriter Frames { get; } = parts.Frames;

    /// <summary>The link towards this node that the stream carries; <see langword="null"/> for none.</summary>
    protected LinkInflow? Inflow { get; } = parts.Inflow;

    /// <summary>The endpoint whose messages go out on the stream; <see langword="null"/> when none do.</summary>
    protected Endpoint? Endpoint => Peer.Endpoint;

    protected EndpointWriter? Writer { get; } = parts.Writer;

    /// <summary>Completes at the end of the stream, with true when the peer asked us to leave.</summary>
    protected Task<bool> Reading => _reading!;

    /// <summary>Completes when the writer has stopped; <see langword="null"/> on a stream without one.</summary>
    protected Task? Stopped => Writer?.Stopped;

    /// <summary>Whether the peer has taken in all that was written, as far as its way to end the stream says.</summary>
    protected bool IsCertain { get; set; }

    /// <summary>Completes when the peer leaves; <see langword="null"/> for a session that does not part on it.</summary>
    protected virtual Task? PeerLeaves => null;

    /// <summary>Serves the stream to its end.</summary>
    /// <param name="leaving">Completes when this side is to leave.</param>
    /// <param name="redial">Completes when the stream is to be replaced by a new one; <see langword="null"/> for never.</param>
    public async Task<StreamOutcome> RunAsync(Task leaving, Task? redial = null)
    {
        // 1. Acknowledgements have a way out, reading and the heartbeat begin.
        Inflow?.Attach(Frames);
        using var readStop = new CancellationTokenSource();
        var (heartbeat, capabilities) = (Context.Options.Heartbeat, Peer.Identity.Capabilities);
        _payload.Frames = capabilities.HasFlag(StreamCapabilities.Heartbeat) ? Frames : null;
        using var pulse = new StreamPulse(Context.Time, heartbeat, capabilities, Stream.Reader, _payload, Frames);
        _reading = ReadAsync(readStop.Token);
        try
        {
            // 2. Messages flow until the first thing that ends that. 3. The two sides part, or the stream is lost.
            // What the stream does not have is left out. A task that never ends, shared by all streams, would keep a list of them all under one
            // lock, and each that ends would be searched for there.
            Task?[] ends = [Reading, Stopped, leaving, PeerLeaves, pulse.Dead, redial];
            var first = await Task.WhenAny(ends.OfType<Task>()).ConfigureAwait(false);
            var turn = first == Reading ? StreamTurn.ReadToEnd
                : first == Stopped ? StreamTurn.WriteFailed
                : first == leaving ? StreamTurn.Leaving
                : first == pulse.Dead ? StreamTurn.Silent
                : first == redial ? StreamTurn.Redial
                : StreamTurn.PeerLeaves;
            return await ConcludeAsync(turn).ConfigureAwait(false);
        }
        finally
        {
            // 4. The reader ends, then the writer gives its lanes back, then messages of uncertain fate are reported.
            await EndAsync(readStop).ConfigureAwait(false);
        }
    }

    /// <summary>Parts from the peer, or finds out why the stream was lost.</summary>
    protected abstract Task<StreamOutcome> ConcludeAsync(StreamTurn turn);

    /// <summary>Whether the peer ended the stream on purpose. Asked when the reader is at its end.</summary>
    protected virtual bool IsVerdict => false;

    /// <summary>Reads on, to the next end that the peer makes.</summary>
    protected Task<bool> ReadAsync(CancellationToken cancellationToken) => _payload.ReadAsync(Stream.Reader, cancellationToken);

    /// <summary>Completes with the task, however it ends, or when so much time is over, or with the token.</summary>
    protected async Task WaitAtMostAsync(Task task, TimeSpan limit, CancellationToken cancellationToken = default) =>
        await task.WaitAsync(limit, Context.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task EndAsync(CancellationTokenSource readStop)
    {
        await readStop.CancelAsync().ConfigureAwait(false);
        await ((Task)Reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Writer is not null)
        {
            await DetachAsync(Writer).ConfigureAwait(false);
        }

        Inflow?.Detach(Frames);
        _payload.End();
        if (!IsCertain)
        {
            // Only now has the writer said which messages it wrote last.
            Endpoint?.ReportUnconfirmed();
        }
    }

    private async Task DetachAsync(EndpointWriter writer)
    {
        var detached = Endpoint!.DetachAsync(writer, IsVerdict);
        if (!detached.IsCompleted && !writer.Stopped.IsCompleted)
        {
            // A write that the peer does not take in would hold the writer for ever.
            Stream.Abort();
        }

        await detached.ConfigureAwait(false);
    }
}

/// <summary>The parts of an open stream. Without an inflow it carries no link towards us; without a writer it only comes in.</summary>
internal readonly record struct StreamParts(
    IGrpcStream Stream, StreamPeer Peer, PayloadReader Payload, FrameWriter Frames, LinkInflow? Inflow, EndpointWriter? Writer = null);
