using System.Net;
using System.Net.Sockets;

namespace Remote.Tests;

/// <summary>A server that does not keep to the rules: each connection is taken up to its preface, and then to the script.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<RawPeer, Task> _script;
    private readonly Task _accepting;
    private int _connections;

    public RawServer(Func<RawPeer, Task> script)
    {
        _script = script;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Address => _listener.LocalEndpoint.ToString()!;

    /// <summary>How many connections there were.</summary>
    public int Connections => Volatile.Read(ref _connections);

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting.Within("the end of a server");
    }

    private async Task AcceptAsync()
    {
        List<Task> serving = [];
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync();
                Interlocked.Increment(ref _connections);

                // Those that failed are kept, to be told at the end.
                serving.RemoveAll(static served => served.IsCompletedSuccessfully);
                serving.Add(ServeAsync(socket));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using var peer = await RawPeer.AcceptAsync(socket);
        await _script(peer);
    }
}
