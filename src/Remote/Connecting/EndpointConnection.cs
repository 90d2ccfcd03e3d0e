
namespace Remote;

/// <summary>
/// One stream to a peer after its handshake. Its connection ends with it; the peer has the address that was dialled; the answer about our
/// link is <see langword="null"/> when none was offered, or the peer cannot resume.
/// </summary>
internal sealed record EndpointConnection(PeerChannel Channel, IGrpcStream Stream, PeerIdentity Peer, LinkAnswer? Answer) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        Stream.Abort();
        await Channel.DisposeAsync().ConfigureAwait(false);
    }
}
