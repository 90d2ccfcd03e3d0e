using System.Buffers;
using System.IO.Pipelines;

namespace Remote.Testing;

/// <summary>
/// Carries the bytes of one direction and is the only one to touch the inner ends of the two pipes, so that a fault can be
/// raised at any moment without racing against either side.
/// </summary>
internal sealed class NetworkPump(PipeReader from, PipeWriter to, int maxRecordedBytes)
{
    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _recorded = new();
    private TaskCompletionSource? _stall;
    private long _carried;
    private long _limit = long.MaxValue;

    /// <summary>Bytes handed to the receiving side so far.</summary>
    public long Carried => Interlocked.Read(ref _carried);

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

    public void Stall()
    {
        lock (_gate)
        {
            _stall ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Resume()
    {
        lock (_gate)
        {
            _stall?.TrySetResult();
            _stall = null;
        }
    }

    /// <summary>Ends the direction once this many bytes have been carried in all.</summary>
    public void EndAfter(long bytes) => Interlocked.Exchange(ref _limit, bytes);

    /// <summary>Runs until one side has ended, the limit is reached or <paramref name="cut"/> is cancelled.</summary>
    /// <returns>True when the limit ended it: the receiver has read a clean end, the sender is refused.</returns>
    public async Task<bool> RunAsync(CancellationToken cut)
    {
        Exception? error = null;
        var truncated = false;
        try
        {
            truncated = await CarryAsync(cut).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            error = NetworkErrors.Reset();
        }
        catch (Exception failure)
        {
            // What one side completed its pipe with; the other side is told the same.
            error = failure;
        }

        await to.CompleteAsync(error).ConfigureAwait(false);
        // Without the error: Kestrel takes an exception of a transport's writer for a fault of its own, logs an error and
        // leaves the streams of the connection waiting. Its reader learns of the reset, and so does the dialler's.
        await from.CompleteAsync().ConfigureAwait(false);
        return truncated;
    }

    private async Task<bool> CarryAsync(CancellationToken cut)
    {
        while (true)
        {
            var read = await from.ReadAsync(cut).ConfigureAwait(false);
            await WaitWhileStalledAsync(cut).ConfigureAwait(false);

            var room = Interlocked.Read(ref _limit) - _carried;
            var chunk = read.Buffer.Length > room ? read.Buffer.Slice(0, room) : read.Buffer;
            Copy(chunk);
            from.AdvanceTo(chunk.End);
            var flushed = await to.FlushAsync(cut).ConfigureAwait(false);

            if (chunk.Length == room)
            {
                return true;
            }

            if (flushed.IsCompleted || read.IsCompleted)
            {
                return false;
            }
        }
    }

    private async Task WaitWhileStalledAsync(CancellationToken cut)
    {
        while (true)
        {
            Task stalled;
            lock (_gate)
            {
                if (_stall is null)
                {
                    return;
                }

                stalled = _stall.Task;
            }

            await stalled.WaitAsync(cut).ConfigureAwait(false);
        }
    }

    private void Copy(in ReadOnlySequence<byte> chunk)
    {
        foreach (var segment in chunk)
        {
            to.Write(segment.Span);
            Record(segment.Span);
        }

        Interlocked.Add(ref _carried, chunk.Length);
    }

    private void Record(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            _recorded.Write(bytes[..Math.Min(bytes.Length, maxRecordedBytes - _recorded.WrittenCount)]);
        }
    }
}
