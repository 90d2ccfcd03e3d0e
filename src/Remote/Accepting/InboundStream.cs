using Remote.Transport;

namespace Remote;

/// <summary>One accepted stream.</summary>
internal sealed class InboundStream(GrpcServerStream stream, PeerIdentity peer)
{
    public GrpcServerStream Stream { get; } = stream;

    public PeerIdentity Peer { get; } = peer;

    /// <summary>The address of ours that the peer dialled, as it wrote it.</summary>
    public string DialledAddress { get; } = stream.HttpContext.Request.Host.Value ?? "";

    /// <summary>The link that it carries towards us, once that is claimed.</summary>
    public InboundLinkState? Link { get; set; }

    public TaskCompletionSource Leaving { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when nothing of the stream is read or written any more.</summary>
    public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The error of a stream that ended without a reason of its own.</summary>
    public RemoteException Lost(bool silent) => new(
        RemoteError.Unreachable, $"{Peer.Address} {(silent ? "gave no sign of life" : "ended the stream without a goodbye")}.")
    {
        Address = Peer.Address,
    };
}
