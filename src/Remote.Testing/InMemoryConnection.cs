using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Remote.Testing;

/// <summary>
/// One connection of an <see cref="InMemoryNetwork"/>: it can be cut, stalled, ended at a chosen byte, and can record its
/// bytes. Thread safe.
/// </summary>
public sealed class InMemoryConnection
{
    private readonly CancellationTokenSource _cut = new();
    private readonly NetworkTotals _totalToServer = new();
    private readonly NetworkTotals _totalToClient = new();
    private readonly NetworkGate _gateToServer;
    private readonly NetworkGate _gateToClient;
    private readonly NetworkPump _toServer;
    private readonly NetworkPump _toClient;
    private readonly InMemoryConnectionContext _context;
    private readonly TaskCompletionSource _serverLeft = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal InMemoryConnection(InMemoryNetwork network, string address, int number, EndPoint local, EndPoint remote)
    {
        Address = address;
        Number = number;
        _gateToServer = new NetworkGate(TimeProvider.System, _totalToServer);
        _gateToClient = new NetworkGate(TimeProvider.System, _totalToClient);
        var options = new PipeOptions(
            pauseWriterThreshold: network.BufferBytes, resumeWriterThreshold: network.BufferBytes / 2, useSynchronizationContext: false);
        Pipe fromClient = new(options), toServer = new(options), fromServer = new(options), toClient = new(options);
        var recorded = network.RecordBytes ? network.MaxRecordedBytes : 0;
        _toServer = new NetworkPump(fromClient.Reader, Task.FromResult(toServer.Writer), _gateToServer, recorded);
        _toClient = new NetworkPump(fromServer.Reader, Task.FromResult(toClient.Writer), _gateToClient, recorded);
        ClientStream = new InMemoryStream(toClient.Reader, fromClient.Writer);
        _context = new InMemoryConnectionContext(this, new DuplexPipe(toServer.Reader, fromServer.Writer), local, remote);
    }

    /// <summary>The address that was dialled, as the dialler wrote it.</summary>
    public string Address { get; }

    /// <summary>Counts the connections of the network, from 1.</summary>
    public int Number { get; }

    /// <summary>Completes when no byte will travel any more, for whatever reason.</summary>
    public Task Closed { get; private set; } = Task.CompletedTask;

    internal Stream ClientStream { get; }

    internal ConnectionContext ServerContext => _context;

    /// <summary>Ends both directions at once, as a reset would: bytes on the way are lost. Idempotent.</summary>
    public void Cut() => _cut.Cancel();

    /// <summary>
    /// Lets a direction end after <paramref name="bytes"/> bytes counted from the beginning of the connection: its receiver
    /// reads exactly these and then a clean end, and everything else of the connection is reset.
    /// </summary>
    /// <param name="direction">Which way.</param>
    /// <param name="bytes">At least 0. If more has been carried already, the direction ends at the next byte.</param>
    public void CutAfter(NetworkDirection direction, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Gate(direction).EndAfter(bytes, PumpEnd.Truncated);
    }

    /// <summary>Stops carrying bytes one way, without an error: writers go on until the buffers are full. Idempotent.</summary>
    /// <param name="direction">Which way.</param>
    public void Stall(NetworkDirection direction) =>
        Gate(direction).Change(static faults => faults with { Stalled = true });

    /// <summary>Carries bytes again after <see cref="Stall"/>; nothing was lost. Idempotent.</summary>
    /// <param name="direction">Which way.</param>
    public void Resume(NetworkDirection direction) =>
        Gate(direction).Change(static faults => faults with { Stalled = false });

    /// <summary>How many bytes the receiver of a direction has been handed.</summary>
    /// <param name="direction">Which way.</param>
    public long BytesCarried(NetworkDirection direction) => Gate(direction).Carried;

    /// <summary>Waits until the receiver of a direction has been handed at least so many bytes.</summary>
    /// <param name="direction">Which way.</param>
    /// <param name="bytes">How many since the beginning of the connection; at least 1.</param>
    /// <param name="ceiling">How long to wait in real time; 30 s if left out.</param>
    /// <exception cref="TimeoutException">It did not come to that; the message says how many there were.</exception>
    public Task WaitForBytesAsync(NetworkDirection direction, long bytes, TimeSpan? ceiling = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        var total = direction.IsToServer() ? _totalToServer : _totalToClient;
        return total.WaitAsync(bytes, direction.ToString(), ceiling);
    }

    /// <summary>A copy of the bytes that a direction has carried; empty unless <see cref="InMemoryNetwork.RecordBytes"/> is set.</summary>
    /// <param name="direction">Which way.</param>
    public byte[] Recorded(NetworkDirection direction) =>
        direction.IsToServer() ? _toServer.Recorded : _toClient.Recorded;

    internal void Start() => Closed = RunAsync();

    internal void ServerLeft() => _serverLeft.TrySetResult();

    private NetworkGate Gate(NetworkDirection direction) => direction.IsToServer() ? _gateToServer : _gateToClient;

    private async Task RunAsync()
    {
        var toServer = RunAsync(_toServer);
        var toClient = RunAsync(_toClient);
        _ = toServer.ContinueWith(
            // A socket transport reports the connection closed when its receiving side has ended.
            _ => _context.FireClosed(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        await toClient.ConfigureAwait(false);
        await Task.WhenAny(toServer, _serverLeft.Task).ConfigureAwait(false);
        // The server reads no more, and its bytes have arrived: like a closed socket, this answers with a reset.
        Cut();
        await toServer.ConfigureAwait(false);
    }

    private async Task RunAsync(NetworkPump pump)
    {
        if (await pump.RunAsync(_cut.Token).ConfigureAwait(false) == PumpEnd.Truncated)
        {
            Cut();
        }
    }

    private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
