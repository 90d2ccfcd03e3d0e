using Remote.Transport;

namespace Remote;

/// <summary>One stream to a peer after its handshake: the call, its translation and the incarnation that answered.</summary>
internal sealed class EndpointConnection : IAsyncDisposable
{
    private readonly GrpcClient _client;

    /// <param name="client">Ends with the stream.</param>
    /// <param name="stream">The call.</param>
    /// <param name="systemId">The incarnation that answered.</param>
    /// <param name="translation">How PIDs are written towards it.</param>
    /// <param name="capabilities">What both sides named on this stream.</param>
    /// <param name="answer">What it said of the link that was offered.</param>
    public EndpointConnection(
        GrpcClient client,
        IGrpcStream stream,
        string systemId,
        OutboundTranslation translation,
        StreamCapabilities capabilities,
        LinkAnswer? answer)
    {
        Capabilities = capabilities;
        Answer = answer;
        _client = client;
        Stream = stream;
        PeerSystemId = systemId;
        Translation = translation.For(capabilities);
    }

    public IGrpcStream Stream { get; }

    public string PeerSystemId { get; }

    public OutboundTranslation Translation { get; }

    /// <summary>The capabilities that both sides named on this stream.</summary>
    public StreamCapabilities Capabilities { get; }

    /// <summary>The peer's answer about the link that we offered; <see langword="null"/> when none was, or it cannot resume.</summary>
    public LinkAnswer? Answer { get; }

    public async ValueTask DisposeAsync()
    {
        Stream.Abort();
        await _client.DisposeAsync().ConfigureAwait(false);
    }
}
