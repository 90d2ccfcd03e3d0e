using Remote.Transport;

namespace Remote;

/// <summary>
/// On a stream that carries links both ways: what the receiving side of this node says there, beside what its <see cref="EndpointWriter"/>
/// writes. Acknowledgements, limits of slow targets, heartbeats. Begins with the stream; disposing it ends it.
/// </summary>
internal sealed class ReturnPath : IStreamSender, IDisposable
{
    private readonly LinkInflow _inflow;
    private readonly EndpointWriter _writer;
    private readonly ResponseWriter _responses;

    /// <param name="inflow">What comes in.</param>
    /// <param name="writer">Writes batches on the same stream.</param>
    /// <param name="stream">A <see cref="SharedStream"/>.</param>
    public ReturnPath(LinkInflow inflow, EndpointWriter writer, IGrpcStream stream)
    {
        _inflow = inflow;
        _writer = writer;
        _responses = new ResponseWriter(stream, inflow);
        inflow.Attach(_responses);
    }

    /// <inheritdoc/>
    public long SentCount => _writer.SentCount + _responses.SentCount;

    /// <inheritdoc/>
    /// <remarks>Not through the lane of the writer, which may wait for an acknowledgement.</remarks>
    public void SendHeartbeat() => _responses.SendHeartbeat();

    /// <summary>Completes when the other end has said that nothing comes any more.</summary>
    public Task Left => _inflow.Left;

    /// <summary>Acknowledges all that came, on the stream when this completes: nothing can be said after its end.</summary>
    public ValueTask AcknowledgeAsync(CancellationToken cancellationToken) => _responses.AcknowledgeAsync(cancellationToken);

    public void Dispose() => _inflow.Detach(_responses);
}
