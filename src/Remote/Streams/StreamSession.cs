using Remote.Transport;

namespace Remote;

/// <summary>The first thing that brings a stream towards its end.</summary>
internal enum StreamTurn
{
    /// <summary>The stream was read to its end, or reading it failed.</summary>
    ReadToEnd,

    /// <summary>A write failed.</summary>
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
/// <remarks>
/// <para>1. Acknowledgements have a way out, reading and the heartbeat begin.</para>
/// <para>2. Messages flow until the first thing happens that ends that (<see cref="StreamTurn"/>).</para>
/// <para>3. The two sides part, or the stream is lost (<see cref="ConcludeAsync"/>).</para>
/// <para>4. The reader ends, then the writer gives its lanes back, then messages of uncertain fate are reported.</para>
/// </remarks>
internal abstract class StreamSession : IDisposable
{
    protected static readonly Task Never = new TaskCompletionSource().Task;

    private readonly CancellationTokenSource _readStop = new();
    private readonly PayloadReader _payload;
    private readonly StreamCapabilities _capabilities;
    private readonly StreamRole _role;
    private readonly HeartbeatOptions _heartbeat;
    private Task<StreamEnd>? _reading;

    /// <param name="parts">The open stream.</param>
    /// <param name="role">This node's end of it.</param>
    /// <param name="payload">Reads it.</param>
    /// <param name="heartbeat">How its liveness is watched.</param>
    /// <param name="time">The clock.</param>
    protected StreamSession(in StreamParts parts, StreamRole role, PayloadReader payload, HeartbeatOptions heartbeat, TimeProvider time)
    {
        Stream = parts.Stream;
        Frames = parts.Frames;
        Inflow = parts.Inflow;
        Endpoint = parts.Endpoint;
        Writer = parts.Writer;
        Time = time;
        _capabilities = parts.Capabilities;
        (_payload, _role, _heartbeat) = (payload, role, heartbeat);
    }

    protected IGrpcStream Stream { get; }

    protected FrameWriter Frames { get; }

    /// <summary>The link towards this node that the stream carries; <see langword="null"/> for none.</summary>
    protected LinkInflow? Inflow { get; }

    /// <summary>The endpoint whose messages go out on the stream; <see langword="null"/> when none do.</summary>
    protected Endpoint? Endpoint { get; }

    protected EndpointWriter? Writer { get; }

    protected TimeProvider Time { get; }

    protected Task<StreamEnd> Reading => _reading!;

    /// <summary>Completes when the writer has stopped; never on a stream without one.</summary>
    protected Task Stopped => Writer?.Stopped ?? Never;

    /// <summary>Whether the peer has taken in all that was written, as far as its way to end the stream says.</summary>
    protected bool IsCertain { get; set; }

    /// <summary>Completes when the peer leaves, for a session that parts on it.</summary>
    protected virtual Task PeerLeaves => Never;

    /// <summary>Serves the stream to its end.</summary>
    /// <param name="leaving">Completes when this side is to leave.</param>
    /// <param name="redial">Completes when the stream is to be replaced by a new one; <see langword="null"/> for never.</param>
    public async Task<StreamOutcome> RunAsync(Task leaving, Task? redial = null)
    {
        // 1. Acknowledgements have a way out, reading and the heartbeat begin.
        Inflow?.Attach(Frames);
        using var pulse = new StreamPulse(Time, _heartbeat, _capabilities, Stream.Reader, _payload, Frames);
        _reading = ReadAsync(_readStop.Token);
        try
        {
            // 2. Messages flow until the first thing that ends that. 3. The two sides part, or the stream is lost.
            var first = await Task.WhenAny(Reading, Stopped, leaving, PeerLeaves, pulse.Dead, redial ?? Never).ConfigureAwait(false);
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
            // 4. The reader ends, then the writer, then uncertain messages are reported.
            await EndAsync().ConfigureAwait(false);
        }
    }

    public void Dispose() => _readStop.Dispose();

    /// <summary>Parts from the peer, or finds out why the stream was lost.</summary>
    protected abstract Task<StreamOutcome> ConcludeAsync(StreamTurn turn);

    /// <summary>Ends the stream for tasks that still use it, before its reader is awaited.</summary>
    protected virtual void Cut()
    {
    }

    /// <summary>Whether the peer ended the stream on purpose. Asked when the reader is at its end.</summary>
    protected virtual bool IsVerdict => false;

    /// <summary>Reads on, to the next end that the peer makes.</summary>
    protected Task<StreamEnd> ReadAsync(CancellationToken cancellationToken) => _payload.ReadAsync(Stream.Reader, _role, cancellationToken);

    /// <summary>Completes with the task, however it ends, or when so much time is over, or with the token.</summary>
    protected async Task WaitAtMostAsync(Task task, TimeSpan limit, CancellationToken cancellationToken = default) =>
        await task.WaitAsync(limit, Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task EndAsync()
    {
        Cut();
        await _readStop.CancelAsync().ConfigureAwait(false);
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

/// <summary>The parts of an open stream.</summary>
/// <param name="Stream">The call.</param>
/// <param name="Capabilities">The capabilities that both sides named on it.</param>
/// <param name="Frames">Writes on it.</param>
/// <param name="Inflow">The link that it carries towards this node; <see langword="null"/> for none.</param>
/// <param name="Endpoint">The endpoint that writes on it; <see langword="null"/> for none.</param>
/// <param name="Writer">The writer that drains that endpoint into it.</param>
internal readonly record struct StreamParts(
    IGrpcStream Stream, StreamCapabilities Capabilities, FrameWriter Frames, LinkInflow? Inflow, Endpoint? Endpoint = null, EndpointWriter? Writer = null);
