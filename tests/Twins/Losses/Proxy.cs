using System.Net;
using System.Net.Sockets;

namespace Twins.Losses;

/// <summary>Passes bytes on to a port of this machine, and can cut all its connections as a failing network does.</summary>
internal sealed class Proxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Lock _gate = new();
    private readonly List<Socket> _open = [];
    private readonly int _target;

    public Proxy(int target)
    {
        _target = target;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Resets all connections; new ones are accepted.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            foreach (var socket in _open)
            {
                // Closed without a word: the peer gets a reset. Nothing happens to one that has ended by itself.
                socket.Close(timeout: 0);
            }

            _open.Clear();
        }
    }

    public void Dispose()
    {
        _listener.Stop();
        Cut();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ConnectAsync(await _listener.AcceptSocketAsync());
            }
        }
        catch (SocketException)
        {
            // The end: the listener was stopped.
        }
    }

    private async Task ConnectAsync(Socket accepted)
    {
        var connected = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        accepted.NoDelay = true;
        lock (_gate)
        {
            _open.AddRange([accepted, connected]);
        }

        try
        {
            await connected.ConnectAsync(IPAddress.Loopback, _target);
            await Task.WhenAny(PumpAsync(accepted, connected), PumpAsync(connected, accepted));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Cut before it was connected.
        }

        accepted.Dispose();
        connected.Dispose();
    }

    private static async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var length)
            {
                await to.SendAsync(buffer.AsMemory(0, length));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // One end is gone, or the connection was cut: the other end goes as well.
        }
    }
}
