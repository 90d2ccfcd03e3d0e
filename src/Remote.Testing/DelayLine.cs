using System.IO.Pipelines;
using System.Net.Sockets;

namespace Remote.Testing;

/// <summary>
/// Takes bytes in as they come and tells the gate when, so that a delay holds back each byte and not the rate. Holds a bounded number of
/// bytes; beyond it the sender has to wait.
/// </summary>
internal sealed class DelayLine(NetworkGate gate, int bufferBytes)
{
    private const int ReadBytes = 16 * 1024;

    private readonly Pipe _pipe = new(new PipeOptions(
        pauseWriterThreshold: bufferBytes, resumeWriterThreshold: bufferBytes / 2, useSynchronizationContext: false));

    public PipeReader Output => _pipe.Reader;

    /// <summary>
    /// Runs until the sender has ended or failed, or <paramref name="cut"/> is cancelled. Failures come out of <see cref="Output"/>.
    /// </summary>
    public async Task RunAsync(Task<Socket> from, CancellationToken cut)
    {
        Exception? error = null;
        try
        {
            var source = await from.ConfigureAwait(false);
            while (true)
            {
                var count = await source.ReceiveAsync(_pipe.Writer.GetMemory(ReadBytes), cut).ConfigureAwait(false);
                gate.TakeIn(count);
                _pipe.Writer.Advance(count);
                var flushed = await _pipe.Writer.FlushAsync(cut).ConfigureAwait(false);
                if (count == 0 || flushed.IsCompleted)
                {
                    break;
                }
            }
        }
        catch (Exception failure)
        {
            error = failure;
        }

        await _pipe.Writer.CompleteAsync(error).ConfigureAwait(false);
    }
}
