using System.Net.Sockets;

namespace Remote.Testing;

/// <summary>
/// One connection through a <see cref="FaultProxy"/>. Each fault of the proxy can be made on one connection alone. Thread safe.
/// </summary>
public sealed class FaultProxyConnection
{
    private readonly CancellationTokenSource _cut = new();
    private readonly SocketWay _toServer;
    private readonly SocketWay _toClient;

    internal FaultProxyConnection(int number, SocketWay toServer, SocketWay toClient)
    {
        Number = number;
        _toServer = toServer;
        _toClient = toClient;
    }

    /// <summary>Counts the connections of the proxy, from 1.</summary>
    public int Number { get; }

    /// <summary>Completes when both sockets are closed, for whatever reason.</summary>
    public Task Closed { get; private set; } = Task.CompletedTask;

    /// <summary>Resets both sides at once: bytes on the way are lost. Idempotent.</summary>
    public void Cut() => _cut.Cancel();

    /// <summary>
    /// Lets a direction end after <paramref name="bytes"/> bytes counted from the beginning of the connection: its receiver reads exactly
    /// these and then a clean end, and its sender is reset.
    /// </summary>
    /// <param name="direction">Which way.</param>
    /// <param name="bytes">At least 0. If more has been carried already, the direction ends at the next byte.</param>
    public void CutAfter(NetworkDirection direction, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Way(direction).Gate.EndAfter(bytes, PumpEnd.Truncated);
    }

    /// <summary>
    /// The same as <see cref="CutAfter"/>, but both sides are reset: the receiver reads at most so many bytes and then an error.
    /// </summary>
    /// <param name="direction">Which way.</param>
    /// <param name="bytes">At least 0. If more has been carried already, the connection ends at the next byte.</param>
    public void ResetAfter(NetworkDirection direction, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Way(direction).Gate.EndAfter(bytes, PumpEnd.Reset);
    }

    /// <summary>
    /// Lets the receiver of a direction read a clean end now. Its sender is not told: bytes that it writes from now on are taken in and
    /// lost. The other direction goes on. Idempotent.
    /// </summary>
    /// <param name="direction">Which way.</param>
    public void HalfClose(NetworkDirection direction) => Way(direction).HalfClose();

    /// <summary>Stops carrying bytes one way, without an error: the sender goes on until the buffers are full. Idempotent.</summary>
    /// <param name="direction">Which way.</param>
    public void Stall(NetworkDirection direction) => Change(direction, faults => faults with { Stalled = true });

    /// <summary>Carries bytes again after <see cref="Stall"/>; nothing was lost. Idempotent.</summary>
    /// <param name="direction">Which way.</param>
    public void Resume(NetworkDirection direction) => Change(direction, faults => faults with { Stalled = false });

    /// <summary>
    /// Takes in everything one way and gives out nothing, not even the sender's end. Once bytes have vanished, <see cref="Heal"/> cuts the
    /// connection: a stream with a hole in it cannot go on.
    /// </summary>
    /// <param name="direction">Which way.</param>
    public void BlackHole(NetworkDirection direction) => Change(direction, faults => faults with { Holed = true });

    /// <summary>Makes each byte arrive so much later, in order; the rate stays. Bytes under way keep the delay they came in with.</summary>
    /// <param name="direction">Which way.</param>
    /// <param name="delay">At least zero; zero ends it.</param>
    public void Delay(NetworkDirection direction, TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        Change(direction, faults => faults with { Delay = delay });
    }

    /// <summary>Carries at most so many bytes per second one way, in even steps.</summary>
    /// <param name="direction">Which way.</param>
    /// <param name="bytesPerSecond">At least 0; 0 ends it.</param>
    public void Throttle(NetworkDirection direction, long bytesPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytesPerSecond);
        Change(direction, faults => faults with { BytesPerSecond = bytesPerSecond });
    }

    /// <summary>
    /// Undoes <see cref="Stall"/>, <see cref="BlackHole"/>, <see cref="Delay"/> and <see cref="Throttle"/> both ways; cuts the connection
    /// if bytes of it have vanished in a black hole.
    /// </summary>
    public void Heal()
    {
        if (_toServer.Gate.HasHole || _toClient.Gate.HasHole)
        {
            Cut();
        }

        Change(NetworkDirection.ToServer, static _ => default);
        Change(NetworkDirection.ToClient, static _ => default);
    }

    /// <summary>How many bytes the receiver of a direction has been handed.</summary>
    /// <param name="direction">Which way.</param>
    public long BytesCarried(NetworkDirection direction) => Way(direction).Gate.Carried;

    internal void Change(NetworkDirection direction, Func<NetworkFaults, NetworkFaults> change) => Way(direction).Gate.Change(change);

    /// <param name="client">The accepted socket.</param>
    /// <param name="dial">Connects to the target.</param>
    internal void Start(Socket client, Func<CancellationToken, Task<Socket>> dial) => Closed = RunAsync(client, dial);

    private SocketWay Way(NetworkDirection direction) => direction.IsToServer() ? _toServer : _toClient;

    private async Task RunAsync(Socket client, Func<CancellationToken, Task<Socket>> dial)
    {
        var dialled = DialAsync(dial);
        var toServer = RunAsync(_toServer, _toClient, Task.FromResult(client), dialled);
        var toClient = RunAsync(_toClient, _toServer, dialled, Task.FromResult(client));
        await Task.WhenAll(toServer, toClient).ConfigureAwait(false);
        Close(client);
        await ((Task)dialled).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (dialled.IsCompletedSuccessfully)
        {
            Close(await dialled.ConfigureAwait(false));
        }

        await Task.WhenAll(_toServer.Taken, _toClient.Taken).ConfigureAwait(false);
    }

    private async Task<Socket> DialAsync(Func<CancellationToken, Task<Socket>> dial)
    {
        // A connection request vanishes in a black hole like anything else.
        await _toServer.Gate.WhenNotHoledAsync(_cut.Token).ConfigureAwait(false);
        return await dial(_cut.Token).ConfigureAwait(false);
    }

    private async Task RunAsync(SocketWay way, SocketWay back, Task<Socket> from, Task<Socket> to)
    {
        try
        {
            switch (await way.RunAsync(from, to, _cut.Token).ConfigureAwait(false))
            {
                case PumpEnd.SourceEnded:
                    await TellEndAsync(way, to).ConfigureAwait(false);
                    break;
                case PumpEnd.HalfClosed:
                    await TellEndAsync(way, to).ConfigureAwait(false);
                    await way.DrainAsync(_cut.Token).ConfigureAwait(false);
                    break;
                case PumpEnd.Truncated:
                    // The receiver is let go gently, or a reset would overtake bytes that it has not read yet.
                    back.Orphan();
                    await TellEndAsync(way, to).ConfigureAwait(false);
                    SocketWay.Reset(await from.ConfigureAwait(false));
                    way.Abandon();
                    break;
                default:
                    Cut();
                    break;
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            // One side was reset or cannot be dialled: the other one is told the same.
            Cut();
        }
    }

    private static async Task TellEndAsync(SocketWay way, Task<Socket> to)
    {
        if (!way.IsOrphaned)
        {
            (await to.ConfigureAwait(false)).Shutdown(SocketShutdown.Send);
        }
    }

    private void Close(Socket socket)
    {
        if (_cut.IsCancellationRequested)
        {
            SocketWay.Reset(socket);
        }
        else
        {
            socket.Dispose();
        }
    }
}
