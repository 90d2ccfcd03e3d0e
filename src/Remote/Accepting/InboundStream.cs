using Microsoft.AspNetCore.Http.Features;

namespace Remote;

/// <summary>One accepted stream.</summary>
internal sealed class InboundStream(AcceptedCall stream, PeerIdentity peer) : ILinkCarrier
{
    private readonly TaskCompletionSource<EndpointTerminatedReason> _leaving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public AcceptedCall Stream { get; } = stream;

    public PeerIdentity Peer { get; } = peer;

    /// <summary>The address of ours that the peer dialled, as it wrote it; nothing when that is no address.</summary>
    public string DialledAddress { get; } = stream.HttpContext.Request.Host.Value is { Length: <= Handshake.MaxAddressLength } host ? host : "";

    /// <summary>The certificate that the peer has shown; <see langword="null"/> without one.</summary>
    public string? Certificate { get; } = stream.HttpContext.Connection.ClientCertificate?.Thumbprint;

    /// <summary>Of this node's certificates, those that its connection was made with; without TLS of ours none are ever newer.</summary>
    public int TlsGeneration { get; } = (stream.HttpContext.Features.Get<ITlsConnectionFeature>() as TlsConnection)?.Generation ?? int.MaxValue;

    /// <summary>The link that it carries towards us, once that is claimed.</summary>
    public InboundLinkState? Link { get; set; }

    /// <summary>Completes when this node leaves the peer.</summary>
    public Task Leaving => _leaving.Task;

    /// <summary>Why this node leaves the peer; <see langword="null"/> when it does not.</summary>
    public EndpointTerminatedReason? LeavingFor => _leaving.Task.IsCompleted ? _leaving.Task.Result : null;

    public Task Ended => _ended.Task;

    public void Abort() => Stream.Abort();

    /// <summary>This node leaves the peer: the stream ends in good order. The first reason counts.</summary>
    public void Leave(EndpointTerminatedReason why) => _leaving.TrySetResult(why);

    /// <summary>Nothing of the stream is read or written any more.</summary>
    public void End() => _ended.TrySetResult();

    /// <summary>The error of a stream that ended without a reason of its own.</summary>
    public RemoteException Lost(bool silent)
    {
        var what = silent ? "gave no sign of life" : "ended the stream without a goodbye";
        return new RemoteException(RemoteError.Unreachable, $"{Peer.Address} {what}.") { Address = Peer.Address };
    }
}
