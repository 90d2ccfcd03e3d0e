using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Remote.Tests;

/// <summary>The sockets of a listener, and how many of them are open.</summary>
internal sealed class CountingListener : IConnectionListenerFactory
{
    private readonly SocketListenerFactory _sockets = new(TimeProvider.System);
    private readonly Lock _gate = new();
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];
    private int _open;
    private int _accepted;

    public int Accepted => Volatile.Read(ref _accepted);

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(this, await _sockets.BindAsync(endpoint, cancellationToken));

    /// <summary>Completes when no more than so many connections are open.</summary>
    public Task WhenOpenAsync(int count)
    {
        lock (_gate)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_open <= count)
            {
                reached.SetResult();
            }
            else
            {
                _waiting.Add((count, reached));
            }

            return reached.Task;
        }
    }

    private void Opened(ConnectionContext connection)
    {
        lock (_gate)
        {
            _open++;
            _accepted++;
        }

        connection.ConnectionClosed.Register(Closed);
    }

    private void Closed()
    {
        lock (_gate)
        {
            _open--;
            foreach (var (_, reached) in _waiting.Where(waiting => _open <= waiting.Count))
            {
                reached.TrySetResult();
            }
        }
    }

    private sealed class Listener(CountingListener owner, IConnectionListener inner) : IConnectionListener
    {
        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            var connection = await inner.AcceptAsync(cancellationToken);
            if (connection is not null)
            {
                owner.Opened(connection);
            }

            return connection;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => inner.UnbindAsync(cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
