using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Remote;

/// <summary>
/// Lets so many connections into a listener, in all and from one address, and closes further ones before anything is read from them. Each one
/// that is in has an <see cref="OpenQuota"/>. Thread-safe.
/// </summary>
internal sealed class ConnectionGate(TransportOptions options, Refusals refusals, TimeProvider time, ILogger log)
{
    // The handling of a closed connection ends within milliseconds, unless the web server has lost it: one whose peer opened and dropped calls faster
    // than their ends could be written never ends (dotnet/aspnetcore#51307), and would hold its place for ever. Five seconds are what the web server
    // itself gives the rest of a request.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, int> _bySource = [];
    private int _open;

    /// <summary>Connections that are open or were closed just now.</summary>
    public int Open => Volatile.Read(ref _open);

    public async Task OnConnectionAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var source = SourceOf(connection.RemoteEndPoint);
        if (TryEnter(source) is { } limit)
        {
            refusals.Count(limit, log, connection.RemoteEndPoint);
            connection.Abort(new ConnectionAbortedException($"There are as many connections as {Refusals.NameOf(limit)} allows."));
            return;
        }

        using var place = new Place(this, source, time);
        using var closed = connection.ConnectionClosed.UnsafeRegister(static place => ((Place)place!).OnClosed(), place);
        connection.Features.Set(new OpenQuota(options.MaxOpensPerSecond, time, connection));
        await next(connection).ConfigureAwait(false);
    }

    /// <summary>
    /// Whose connection it is, as far as that can be told: the IP address, of IPv6 the network of 64 bits, for whoever has one address there has
    /// them all. Unix sockets and networks in memory have none.
    /// </summary>
    internal static UInt128? SourceOf(EndPoint? remote)
    {
        if (remote is not IPEndPoint { Address: var address })
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[16];
        address.MapToIPv6().TryWriteBytes(bytes, out _);
        if (address is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false })
        {
            bytes[8..].Clear();
        }

        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private Limit? TryEnter(UInt128? source)
    {
        lock (_gate)
        {
            if (_open >= (options.MaxConnections ?? long.MaxValue))
            {
                return Limit.Connections;
            }

            if (source is { } key)
            {
                var before = _bySource.GetValueOrDefault(key);
                if (before >= (options.MaxConnectionsPerAddress ?? int.MaxValue))
                {
                    return Limit.ConnectionsPerAddress;
                }

                _bySource[key] = before + 1;
            }

            _open++;
            return null;
        }
    }

    private void Leave(UInt128? source)
    {
        lock (_gate)
        {
            _open--;
            if (source is { } key && --_bySource[key] == 0)
            {
                // Or every address that ever came would stay.
                _bySource.Remove(key);
            }
        }
    }

    /// <summary>What a connection takes up: until its handling has ended, or for a while after it was closed.</summary>
    private sealed class Place(ConnectionGate gate, UInt128? source, TimeProvider time) : IDisposable
    {
        private ITimer? _timer;
        private int _left;

        // Never beside Dispose, which waits for the registration first.
        public void OnClosed() =>
            _timer = time.CreateTimer(static place => ((Place)place!).Leave(), this, Grace, Timeout.InfiniteTimeSpan);

        public void Dispose()
        {
            _timer?.Dispose();
            Leave();
        }

        private void Leave()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                gate.Leave(source);
            }
        }
    }
}
