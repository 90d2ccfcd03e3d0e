using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Remote.Testing;

/// <summary>
/// A TCP proxy on loopback that harms connections as networks do: refuses, cuts, half-closes, stalls, delays and throttles them, swallows
/// their bytes, and ends them at a chosen byte. It is between processes as <see cref="InMemoryNetwork"/> is inside one.
/// </summary>
/// <remarks>
/// Faults named here are made on all open connections and on those that come later, until <see cref="Heal"/>; those of
/// <see cref="FaultProxyConnection"/> on one. Where a direction may be given, none means both. Knows nothing of the bytes it carries.
/// Thread safe.
/// </remarks>
public sealed partial class FaultProxy : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly ConditionWaiters _waiters;
    private readonly FaultProxyOptions _options;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<FaultProxyConnection> _connections = [];
    private readonly NetworkTotals _totalToServer = new();
    private readonly NetworkTotals _totalToClient = new();
    private NetworkFaults _toServer;
    private NetworkFaults _toClient;
    private EndPoint _targetEndPoint;
    private string _target;
    private bool _refusing;
    private int _refused;
    private Task _accepting = Task.CompletedTask;

    private FaultProxy(string target, FaultProxyOptions options)
    {
        _waiters = new ConditionWaiters(_gate);
        _options = options;
        (_target, _targetEndPoint) = (target, Parse(target));
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, options.Port));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        Address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");
    }

    /// <summary>The address to dial instead of the target: <c>127.0.0.1:port</c>.</summary>
    public string Address { get; }

    /// <summary>The port of <see cref="Address"/>.</summary>
    public int Port { get; }

    /// <summary>
    /// The target of new connections, <c>host:port</c> or <c>unix:///path</c>. May be changed at any time, so that a peer that was
    /// restarted on another port keeps its address here; open connections stay where they are.
    /// </summary>
    /// <exception cref="FormatException">The value is neither.</exception>
    public string Target
    {
        get
        {
            lock (_gate)
            {
                return _target;
            }
        }

        set
        {
            ArgumentNullException.ThrowIfNull(value);
            var endPoint = Parse(value);
            lock (_gate)
            {
                (_target, _targetEndPoint) = (value, endPoint);
            }
        }
    }

    /// <summary>All connections that were ever accepted and not refused, in order.</summary>
    public IReadOnlyList<FaultProxyConnection> Connections
    {
        get
        {
            lock (_gate)
            {
                return [.. _connections];
            }
        }
    }

    /// <summary>How many connections were reset at once because of <see cref="Refuse"/>.</summary>
    public int Refused
    {
        get
        {
            lock (_gate)
            {
                return _refused;
            }
        }
    }

    /// <summary>Starts a proxy. It listens when this returns; whether the target does is found out by each connection.</summary>
    /// <param name="target">The target of connections: <c>host:port</c> or <c>unix:///path</c>.</param>
    /// <param name="options">Port, buffers and clock; the defaults if left out.</param>
    /// <exception cref="FormatException">The target is neither.</exception>
    /// <exception cref="SocketException">The port is taken.</exception>
    public static FaultProxy Start(string target, FaultProxyOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        options ??= new FaultProxyOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BufferBytes, 1024, nameof(options));
        var proxy = new FaultProxy(target, options);
        proxy._accepting = proxy.AcceptAsync();
        return proxy;
    }

    /// <summary>How many bytes the receivers of a direction have been handed, over all connections.</summary>
    /// <param name="direction">Which way.</param>
    public long BytesCarried(NetworkDirection direction) => Totals(direction).Carried;

    /// <summary>Waits until at least <paramref name="count"/> connections have been accepted in all; refused ones do not count.</summary>
    /// <param name="count">How many; at least 1.</param>
    /// <param name="ceiling">How long to wait in real time; 30 s if left out.</param>
    /// <returns>The connection of that number.</returns>
    /// <exception cref="TimeoutException">It did not come to that; the message says how many there are.</exception>
    public async Task<FaultProxyConnection> WaitForConnectionsAsync(int count, TimeSpan? ceiling = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        await _waiters.WaitAsync(() => _connections.Count >= count, $"{count} connections", Describe, ceiling).ConfigureAwait(false);
        return Connections[count - 1];
    }

    /// <summary>Waits until at least <paramref name="bytes"/> bytes have been carried one way, over all connections.</summary>
    /// <param name="direction">Which way.</param>
    /// <param name="bytes">How many; at least 1.</param>
    /// <param name="ceiling">How long to wait in real time; 30 s if left out.</param>
    /// <exception cref="TimeoutException">It did not come to that; the message says how many there were.</exception>
    public Task WaitForBytesAsync(NetworkDirection direction, long bytes, TimeSpan? ceiling = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        return Totals(direction).WaitAsync(bytes, direction.ToString(), ceiling);
    }

    /// <summary>Stops listening, resets every connection and waits until all are closed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        Cut();
        await Task.WhenAll(Connections.Select(connection => connection.Closed)).ConfigureAwait(false);
    }

    private static EndPoint Parse(string address)
    {
        const string Unix = "unix://";
        if (address.StartsWith(Unix, StringComparison.Ordinal))
        {
            return new UnixDomainSocketEndPoint(address[Unix.Length..]);
        }

        var colon = address.LastIndexOf(':');
        if (IPEndPoint.TryParse(address, out var ip) && colon > 0)
        {
            return ip;
        }

        return colon > 0 && ushort.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? new DnsEndPoint(address[..colon].Trim('[', ']'), port)
            : throw new FormatException($"'{address}' is neither host:port nor unix:///path.");
    }

    private NetworkTotals Totals(NetworkDirection direction) => direction.IsToServer() ? _totalToServer : _totalToClient;

    private IEnumerable<FaultProxyConnection> Open() => _connections.Where(connection => !connection.Closed.IsCompleted);

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                Serve(await _listener.AcceptAsync(_stopping.Token).ConfigureAwait(false));
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                // The dialler left between its SYN and our accept.
            }
        }
    }

    private void Serve(Socket client)
    {
        lock (_gate)
        {
            if (_refusing)
            {
                _refused++;
                SocketWay.Reset(client);
                return;
            }

            client.NoDelay = true;
            var connection = new FaultProxyConnection(_connections.Count + 1, Way(NetworkDirection.ToServer), Way(NetworkDirection.ToClient));
            connection.Change(NetworkDirection.ToServer, _ => _toServer);
            connection.Change(NetworkDirection.ToClient, _ => _toClient);
            _connections.Add(connection);
            connection.Start(client, DialAsync);
            _waiters.Signal();
        }
    }

    private SocketWay Way(NetworkDirection direction) =>
        new(new NetworkGate(_options.TimeProvider, Totals(direction)), _options.BufferBytes);

    private async Task<Socket> DialAsync(CancellationToken cut)
    {
        EndPoint target;
        lock (_gate)
        {
            target = _targetEndPoint;
        }

        var socket = target is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // An attempt that is cancelled closes the socket, and the target may have accepted already: it shall see a reset.
            socket.LingerState = new LingerOption(true, 0);
            await socket.ConnectAsync(target, cut).ConfigureAwait(false);
            socket.LingerState = new LingerOption(false, 0);
            return socket;
        }
        catch
        {
            SocketWay.Reset(socket);
            throw;
        }
    }

    private string Describe() => string.Create(CultureInfo.InvariantCulture, $"{_connections.Count} connections, {_refused} refused.");
}
