using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Remote.Testing;

/// <summary>A bound address of an <see cref="InMemoryNetwork"/>.</summary>
internal sealed class InMemoryListener(InMemoryNetwork network, EndPoint endPoint) : IConnectionListener
{
    /// <summary>As many as a socket keeps waiting by default; one more is refused, as there.</summary>
    private const int Backlog = 512;

    private readonly Channel<InMemoryConnection> _waiting =
        Channel.CreateBounded<InMemoryConnection>(new BoundedChannelOptions(Backlog) { SingleReader = true });

    public EndPoint EndPoint => endPoint;

    public bool TryOffer(InMemoryConnection connection) => _waiting.Writer.TryWrite(connection);

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _waiting.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_waiting.Reader.TryRead(out var connection))
            {
                return connection.ServerContext;
            }
        }

        return null;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        network.Unbind(this);
        _waiting.Writer.TryComplete();
        while (_waiting.Reader.TryRead(out var connection))
        {
            connection.Cut();
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => UnbindAsync();
}
