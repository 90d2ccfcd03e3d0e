using System.Buffers;
using System.IO.Pipelines;

namespace Remote.Testing;

/// <summary>
/// Carries the bytes of one direction and is the only one to touch the inner ends of the two pipes, so that a fault can be
/// raised at any moment without racing against either side.
/// </summary>
internal sealed class NetworkPump(PipeReader from, Task<PipeWriter> to, NetworkGate gate, int maxRecordedBytes = 0)
{
    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _recorded = new();

    public byte[] Recorded
    {
        get
        {
            lock (_gate)
            {
                return _recorded.WrittenSpan.ToArray();
            }
        }
    }

    /// <summary>Ends the direction for its receiver now, whatever the sender does.</summary>
    public void HalfClose()
    {
        gate.HalfClose();
        from.CancelPendingRead();
    }

    /// <summary>
    /// Runs until one side has ended, the gate ends it or <paramref name="cut"/> is cancelled; then completes both pipes.
    /// </summary>
    public async Task<PumpEnd> RunAsync(CancellationToken cut)
    {
        Exception? error = null;
        var end = PumpEnd.Reset;
        try
        {
            end = await CarryAsync(cut).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            error = NetworkErrors.Reset();
        }
        catch (Exception failure)
        {
            // One side completed its pipe with this; the other side is told the same.
            error = failure;
        }

        await (await to.ConfigureAwait(false)).CompleteAsync(error).ConfigureAwait(false);
        // This end is told no error: Kestrel takes an exception of a transport's writer for a fault of its own, logs an error and
        // leaves the streams of the connection waiting. Its reader learns of the reset, and so does the dialler's.
        await from.CompleteAsync().ConfigureAwait(false);
        return end;
    }

    /// <summary>The same without completing anything. Throws the failure of either side.</summary>
    public async Task<PumpEnd> CarryAsync(CancellationToken cut)
    {
        while (true)
        {
            var read = await from.ReadAsync(cut).ConfigureAwait(false);
            var passage = await gate.AdmitAsync(read.Buffer.Length, cut).ConfigureAwait(false);
            var chunk = read.Buffer.Slice(0, passage.Bytes);
            var isLast = read.IsCompleted && chunk.Length == read.Buffer.Length && !passage.Swallow;
            var carries = !chunk.IsEmpty && !passage.Swallow;
            if (carries)
            {
                await CopyAsync(chunk, cut).ConfigureAwait(false);
            }

            from.AdvanceTo(chunk.End);
            if (carries && await FlushAsync(cut).ConfigureAwait(false))
            {
                return passage.Then ?? PumpEnd.ReceiverLeft;
            }

            if (passage.Then is { } end)
            {
                return end;
            }

            if (isLast)
            {
                return PumpEnd.SourceEnded;
            }
        }
    }

    /// <summary>Takes in further bytes until the sender ends, so that it is not reset for writing.</summary>
    public async Task DrainAsync(CancellationToken cut)
    {
        while (true)
        {
            var read = await from.ReadAsync(cut).ConfigureAwait(false);
            from.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    private async ValueTask CopyAsync(ReadOnlySequence<byte> chunk, CancellationToken cut)
    {
        var writer = await to.WaitAsync(cut).ConfigureAwait(false);
        foreach (var segment in chunk)
        {
            writer.Write(segment.Span);
            Record(segment.Span);
        }
    }

    /// <returns>Whether the receiver has left.</returns>
    private async ValueTask<bool> FlushAsync(CancellationToken cut)
    {
        var writer = await to.ConfigureAwait(false);
        return (await writer.FlushAsync(cut).ConfigureAwait(false)).IsCompleted;
    }

    private void Record(ReadOnlySpan<byte> bytes)
    {
        if (maxRecordedBytes == 0)
        {
            return;
        }

        lock (_gate)
        {
            _recorded.Write(bytes[..Math.Min(bytes.Length, maxRecordedBytes - _recorded.WrittenCount)]);
        }
    }
}
