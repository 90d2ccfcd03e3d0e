using System.IO.Pipelines;
using System.Net.Sockets;

namespace Remote.Testing;

/// <summary>
/// One direction of a <see cref="FaultProxyConnection"/>: from a socket through a delay line and a pump to another socket.
/// </summary>
internal sealed class SocketWay
{
    private readonly DelayLine _line;
    private readonly NetworkPump _pump;
    private readonly TaskCompletionSource<PipeWriter> _receiver = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _taking = Task.CompletedTask;
    private volatile bool _orphaned;

    public SocketWay(NetworkGate gate, int bufferBytes)
    {
        Gate = gate;
        _line = new DelayLine(gate, bufferBytes);
        _pump = new NetworkPump(_line.Output, _receiver.Task, gate);
    }

    public NetworkGate Gate { get; }

    /// <summary>Whether the receiver was reset on purpose, so that it cannot be told of an end.</summary>
    public bool IsOrphaned => _orphaned;

    /// <summary>Completes when no more is read from the sender's socket, which must have ended or been closed.</summary>
    public Task Taken => _taking;

    /// <summary>Closes a socket so that its peer sees a reset.</summary>
    public static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Closed already, by us or by its peer.
        }

        socket.Dispose();
    }

    /// <summary>Carries until an end. Closes no socket.</summary>
    public async Task<PumpEnd> RunAsync(Task<Socket> from, Task<Socket> to, CancellationToken cut)
    {
        _taking = _line.RunAsync(from, cut);
        _ = ConnectAsync(to);
        try
        {
            return await _pump.CarryAsync(cut).ConfigureAwait(false);
        }
        catch (Exception) when (_orphaned && !cut.IsCancellationRequested)
        {
            return PumpEnd.HalfClosed;
        }
    }

    public void HalfClose() => _pump.HalfClose();

    /// <summary>The receiver is about to be reset: further bytes are taken in and lost.</summary>
    public void Orphan()
    {
        _orphaned = true;
        _pump.HalfClose();
    }

    /// <summary>Nothing is carried any more: bytes taken in are lost, and a writer that waits for room in the line is let go.</summary>
    public void Abandon() => _line.Output.Complete();

    public Task DrainAsync(CancellationToken cut) => _pump.DrainAsync(cut);

    private async Task ConnectAsync(Task<Socket> to)
    {
        try
        {
            var stream = new NetworkStream(await to.ConfigureAwait(false), ownsSocket: false);
            _receiver.TrySetResult(PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true)));
        }
        catch (Exception exception)
        {
            _receiver.TrySetException(exception);
        }
    }
}
