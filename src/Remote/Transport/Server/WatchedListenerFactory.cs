using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Remote;

/// <summary>Knows whether a listener still accepts connections: when it fails, Kestrel writes that into its log and goes on without it.</summary>
internal sealed class WatchedListenerFactory(IConnectionListenerFactory inner) : IConnectionListenerFactory
{
    private volatile bool _hasEnded;

    /// <summary>Whether the listener has ended, by itself or because it was told to.</summary>
    public bool HasEnded => _hasEnded;

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await inner.BindAsync(endpoint, cancellationToken).ConfigureAwait(false), this);

    private sealed class Listener(IConnectionListener inner, WatchedListenerFactory owner) : IConnectionListener
    {
        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            ConnectionContext? accepted = null;
            try
            {
                return accepted = await inner.AcceptAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                // Whoever says that there is none, or throws, is not asked again.
                owner._hasEnded |= accepted is null;
            }
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => inner.UnbindAsync(cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
