using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Remote.Testing;

/// <summary>
/// A network without sockets, at the level of bytes: Kestrel listens on it, <c>SocketsHttpHandler</c> dials through it, and
/// the whole of HTTP/2 and gRPC runs over it unchanged. Connections can be refused, cut, stalled, ended at a chosen byte and
/// recorded.
/// </summary>
/// <remarks>
/// Listening: this object is the <see cref="IConnectionListenerFactory"/>. Dialling: both <c>ConnectAsync</c> methods have the
/// shape of a connect callback. Port 0 gets a port number of the network's own. Addresses are <c>host:port</c> and
/// <c>unix:///path</c>; <see cref="AddName"/> gives a listener further ones. Thread safe.
/// </remarks>
public sealed class InMemoryNetwork : IConnectionListenerFactory, IAsyncDisposable
{
    /// <summary>At the upper end, where systems seldom hand out ports: a mix-up with real sockets is refused, not answered.</summary>
    private const int FirstPort = 61_000;

    private readonly Lock _gate = new();
    private readonly ConditionWaiters _waiters;
    private readonly Dictionary<string, InMemoryListener> _listeners = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TaskCompletionSource> _blackHoles = new(StringComparer.Ordinal);
    private readonly List<InMemoryConnection> _connections = [];
    private int _lastPort = FirstPort - 1;
    private int _dials;

    /// <summary>Makes a network without listeners.</summary>
    public InMemoryNetwork() => _waiters = new ConditionWaiters(_gate);

    /// <summary>Whether connections keep a copy of the bytes they carry; false by default.</summary>
    public bool RecordBytes { get; init; }

    /// <summary>How much a connection records per direction, 16 MiB by default; later bytes are carried and not recorded.</summary>
    public int MaxRecordedBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Bytes a direction buffers at each end before its writer has to wait, as a socket does; 256 KiB by default.</summary>
    public int BufferBytes { get; init; } = 256 * 1024;

    /// <summary>All connections that were ever made, in order.</summary>
    public IReadOnlyList<InMemoryConnection> Connections
    {
        get
        {
            lock (_gate)
            {
                return [.. _connections];
            }
        }
    }

    /// <summary>The number of dials, refused and hanging attempts included.</summary>
    public int Dials
    {
        get
        {
            lock (_gate)
            {
                return _dials;
            }
        }
    }

    /// <inheritdoc />
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        lock (_gate)
        {
            endpoint = endpoint switch
            {
                IPEndPoint { Port: 0 } any => new IPEndPoint(any.Address, ++_lastPort),
                DnsEndPoint { Port: 0 } any => new DnsEndPoint(any.Host, ++_lastPort),
                _ => endpoint,
            };

            var listener = new InMemoryListener(this, endpoint);
            if (!_listeners.TryAdd(AddressOf(endpoint), listener))
            {
                throw new AddressInUseException($"Somebody listens on {AddressOf(endpoint)} already.");
            }

            return ValueTask.FromResult<IConnectionListener>(listener);
        }
    }

    /// <summary>Dials an address. Assign this method where a connect callback is wanted.</summary>
    /// <param name="address">The address; <c>host:port</c> or <c>unix:///path</c>.</param>
    /// <param name="cancellationToken">Ends an attempt that hangs because of <see cref="BlackHole"/>.</param>
    /// <returns>The dialler's end of the connection.</returns>
    /// <exception cref="SocketException">Refused: no listener, too many that wait to be accepted, or <see cref="Refuse"/>.</exception>
    public async ValueTask<Stream> ConnectAsync(string address, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        lock (_gate)
        {
            _dials++;
            _waiters.Signal();
        }

        while (true)
        {
            Task healed;
            lock (_gate)
            {
                if (!_blackHoles.TryGetValue(address, out var hole))
                {
                    return Dial(address);
                }

                healed = hole.Task;
            }

            await healed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Dials an end point: the same as its address in text.</summary>
    /// <param name="endPoint">The end point.</param>
    /// <param name="cancellationToken">Ends an attempt that hangs because of <see cref="BlackHole"/>.</param>
    /// <returns>The dialler's end of the connection.</returns>
    /// <exception cref="SocketException">Refused, as for an address.</exception>
    public ValueTask<Stream> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return ConnectAsync(AddressOf(endPoint), cancellationToken);
    }

    /// <summary>Gives a listener a further name.</summary>
    /// <param name="name">The name that will be dialled, for instance <c>orders.example:4000</c>.</param>
    /// <param name="address">The address that is bound, now or later.</param>
    public void AddName(string name, string address)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(address);
        lock (_gate)
        {
            _names[name] = address;
        }
    }

    /// <summary>Refuses new connections to an address, as named by the dialler, until <see cref="Heal"/>. Existing ones live on.</summary>
    /// <param name="address">The address.</param>
    public void Refuse(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        lock (_gate)
        {
            _refused.Add(address);
        }
    }

    /// <summary>
    /// Swallows everything from and to an address until <see cref="Heal"/>: attempts hang, connections stay open and carry
    /// nothing.
    /// </summary>
    /// <param name="address">The address, as named by the dialler.</param>
    public void BlackHole(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        lock (_gate)
        {
            _blackHoles.TryAdd(address, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            foreach (var connection in ConnectionsTo(address))
            {
                connection.Stall(NetworkDirection.ToServer);
                connection.Stall(NetworkDirection.ToClient);
            }
        }
    }

    /// <summary>Undoes <see cref="Refuse"/> and <see cref="BlackHole"/>; swallowed bytes arrive now.</summary>
    /// <param name="address">The address, as named by the dialler.</param>
    public void Heal(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        lock (_gate)
        {
            _refused.Remove(address);
            if (_blackHoles.Remove(address, out var hole))
            {
                hole.TrySetResult();
            }

            foreach (var connection in ConnectionsTo(address))
            {
                connection.Resume(NetworkDirection.ToServer);
                connection.Resume(NetworkDirection.ToClient);
            }
        }
    }

    /// <summary>Cuts all open connections to an address, both ways. New ones may be made at once.</summary>
    /// <param name="address">The address, as named by the dialler.</param>
    /// <returns>How many were open.</returns>
    public int Cut(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        InMemoryConnection[] open;
        lock (_gate)
        {
            open = [.. ConnectionsTo(address)];
        }

        foreach (var connection in open)
        {
            connection.Cut();
        }

        return open.Length;
    }

    /// <summary>Waits until at least <paramref name="count"/> connections have been made in all.</summary>
    /// <param name="count">How many; at least 1.</param>
    /// <param name="ceiling">How long to wait in real time; 30 s if left out.</param>
    /// <returns>The connection of that number.</returns>
    /// <exception cref="TimeoutException">It did not come to that; the message lists the connections.</exception>
    public async Task<InMemoryConnection> WaitForConnectionsAsync(int count, TimeSpan? ceiling = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        await _waiters.WaitAsync(() => _connections.Count >= count, $"{count} connections", Describe, ceiling).ConfigureAwait(false);
        return Connections[count - 1];
    }

    /// <summary>Waits until at least <paramref name="count"/> attempts to connect have been made, with any outcome.</summary>
    /// <param name="count">How many; at least 1.</param>
    /// <param name="ceiling">How long to wait in real time; 30 s if left out.</param>
    /// <exception cref="TimeoutException">It did not come to that; the message lists the connections.</exception>
    public Task WaitForDialsAsync(int count, TimeSpan? ceiling = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return _waiters.WaitAsync(() => _dials >= count, $"{count} attempts to connect", Describe, ceiling);
    }

    /// <summary>Cuts every connection and waits until all are closed.</summary>
    public async ValueTask DisposeAsync()
    {
        var all = Connections;
        foreach (var connection in all)
        {
            connection.Cut();
        }

        await Task.WhenAll(all.Select(connection => connection.Closed)).ConfigureAwait(false);
    }

    internal void Unbind(InMemoryListener listener)
    {
        lock (_gate)
        {
            var address = AddressOf(listener.EndPoint);
            if (_listeners.TryGetValue(address, out var bound) && ReferenceEquals(bound, listener))
            {
                _listeners.Remove(address);
            }
        }
    }

    private static string AddressOf(EndPoint endPoint) => endPoint switch
    {
        UnixDomainSocketEndPoint unix => $"unix://{unix}",
        DnsEndPoint { Host: [not '[', ..] host } v6 when host.Contains(':', StringComparison.Ordinal) =>
            string.Create(CultureInfo.InvariantCulture, $"[{host}]:{v6.Port}"),
        DnsEndPoint dns => string.Create(CultureInfo.InvariantCulture, $"{dns.Host}:{dns.Port}"),
        _ => endPoint.ToString() ?? string.Empty,
    };

    private Stream Dial(string address)
    {
        var bound = _names.GetValueOrDefault(address, address);
        if (_refused.Contains(address) || !_listeners.TryGetValue(bound, out var listener))
        {
            throw NetworkErrors.Refused();
        }

        var number = _connections.Count + 1;
        var dialler = new IPEndPoint(IPAddress.Loopback, number % FirstPort + 1);
        var connection = new InMemoryConnection(this, address, number, listener.EndPoint, dialler);
        if (!listener.TryOffer(connection))
        {
            throw NetworkErrors.Refused();
        }

        connection.Start();
        _connections.Add(connection);
        _waiters.Signal();
        return connection.ClientStream;
    }

    private IEnumerable<InMemoryConnection> ConnectionsTo(string address) =>
        _connections.Where(connection => connection.Address == address && !connection.Closed.IsCompleted);

    private string Describe() =>
        $"{_dials} attempts, {_connections.Count} connections ({string.Join(", ", _connections.Select(c => c.Address))}).";
}
