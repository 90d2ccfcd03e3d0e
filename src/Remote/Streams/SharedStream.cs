using Remote.Transport;

namespace Remote;

/// <summary>
/// A stream that carries payload both ways: batches and acknowledgements go out on it, written by two who know nothing of each other. Each write
/// waits for its turn, first come first served.
/// </summary>
/// <remarks>
/// Acknowledgements do not go through the lanes as heartbeats do: a lane that waits for an acknowledgement of the peer would hold up ours, and
/// with both ends waiting nobody would ever go on.
/// </remarks>
internal sealed class SharedStream(IGrpcStream stream) : IGrpcStream
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private bool _completed;

    public string Method => stream.Method;

    public GrpcFrameReader Reader => stream.Reader;

    public GrpcStatus? Status => stream.Status;

    public ValueTask WriteFrameAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken = default)
    {
        var turn = _turn.WaitAsync(cancellationToken);
        if (!turn.IsCompletedSuccessfully)
        {
            return WriteInTurnAsync(turn, frame, cancellationToken);
        }

        // Nearly always: a lone writer pays for two interlocked operations and no task.
        var write = WriteCore(frame, cancellationToken);
        if (!write.IsCompletedSuccessfully)
        {
            return EndTurnAsync(write);
        }

        _turn.Release();
        return write;
    }

    public async ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _completed = true;
            await stream.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Abort() => stream.Abort();

    /// <summary>Fails by its result only: whoever has the turn must be able to give it back.</summary>
    private ValueTask WriteCore(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        if (_completed)
        {
            return ValueTask.FromException(new GrpcException(GrpcStatusCode.Cancelled, "The stream was completed by this side."));
        }

        try
        {
            return stream.WriteFrameAsync(frame, cancellationToken);
        }
        catch (Exception exception)
        {
            return ValueTask.FromException(exception);
        }
    }

    private async ValueTask WriteInTurnAsync(Task turn, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        await turn.ConfigureAwait(false);
        await EndTurnAsync(WriteCore(frame, cancellationToken)).ConfigureAwait(false);
    }

    private async ValueTask EndTurnAsync(ValueTask write)
    {
        try
        {
            await write.ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }
}
