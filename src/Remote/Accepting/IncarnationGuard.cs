using System.Collections.Concurrent;
using Grpc.Core;

namespace Remote;

/// <summary>
/// Decides whether an inbound handshake may speak for its address. The answer to our own dial decides which incarnation lives there; a
/// handshake that claims another one is checked by dialling, and never displaces anything by itself.
/// </summary>
internal sealed class IncarnationGuard(
    NodeContext context, EndpointTable endpoints, EndpointDiallers diallers, PeerConnector connector, IncarnationMemory ended)
{
    // Many streams may claim the same at once: they share one dial, and a liar cannot make us dial more often than this per address.
    private static readonly TimeSpan VerifyAtMostEvery = TimeSpan.FromSeconds(1);

    private const int MaxVerifications = 1000;

    private readonly ConcurrentDictionary<string, Verification> _verifications = new(StringComparer.Ordinal);
    private long _order;

    /// <summary>Returns when the peer may be listened to.</summary>
    /// <exception cref="RpcException">
    /// FAILED_PRECONDITION: the peer's incarnation does not live there, or this node does. UNAVAILABLE: none answered, or none may be asked.
    /// </exception>
    public async ValueTask AdmitAsync(PeerIdentity peer)
    {
        if (context.IsOwnAddress(peer.Address))
        {
            // Our own handshakes do not come here. What is sent back to this one would end here.
            RemoteLog.AddressShared(context.Log, peer.Address, peer.SystemId);
            throw CallFailure.Of(
                StatusCode.FailedPrecondition,
                $"This node is {peer.Address} too: two nodes advertise one address. Give one of them another RemoteConfig.AdvertisedHost or AdvertisedPort.");
        }

        if (ended.Contains(peer.Address, peer.SystemId))
        {
            throw Refused(peer, "that incarnation has ended");
        }

        if (endpoints.FindContradicting(peer) is { Advertised: { } advertised } holder && !await IsAtAsync(peer, holder).ConfigureAwait(false))
        {
            context.Refusals.Count(Limit.ForeignSystem, context.Log, peer.Address);
            throw Refused(peer, $"that system says that it is {advertised}");
        }

        var endpoint = endpoints.Find(peer.Address);
        if (endpoint?.PeerSystemId is not { } known || known == peer.SystemId || endpoint.State == EndpointState.Closed)
        {
            return;
        }

        if (!DialPolicy.Allows(context, peer.Address, DialOrigin.Handshake))
        {
            throw Refused(peer, "another incarnation is known there, and this node may not dial to see whether that has changed");
        }

        if (await VerifyAsync(peer).ConfigureAwait(false) != peer.SystemId)
        {
            throw Refused(peer, "another incarnation answers there");
        }

        // The endpoint finds out by itself, on its own dial, and ends the streams of the former life.
        diallers.Find(endpoint)?.RequestReconnect();
    }

    /// <summary>
    /// Whether a peer lives where it says although its id has answered elsewhere. Where the application has named that other address, what answered there is
    /// the system. Otherwise a message may have named it, and whoever sent that may have answered with an id that it had heard: this must not lock out
    /// the system which has it, so what answers at its own address decides.
    /// </summary>
    /// <exception cref="RpcException">UNAVAILABLE: none answers there, or this node may not dial.</exception>
    private async ValueTask<bool> IsAtAsync(PeerIdentity peer, Endpoint holder)
    {
        if (holder.Origin == DialOrigin.Program)
        {
            return false;
        }

        if (endpoints.Find(peer.Address) is { HasPeer: true, PeerSystemId: { } known } && known == peer.SystemId)
        {
            return true;
        }

        if (AddressFault.Of(peer.Address) is not null || !DialPolicy.Allows(context, peer.Address, DialOrigin.Handshake))
        {
            // Not for good: nobody can say which of the two lies, and the other one may be gone soon.
            RemoteLog.IncarnationRefused(context.Log, peer.Address, peer.SystemId, $"{holder.Address} answers with that id too, and this node may not dial to see which of them it is");
            throw CallFailure.Of(StatusCode.Unavailable, $"It cannot be verified that {peer.SystemId} lives at {peer.Address}, and another address answers with that id.");
        }

        return await VerifyAsync(peer).ConfigureAwait(false) == peer.SystemId;
    }

    /// <summary>The system id that answers at the peer's address now.</summary>
    /// <exception cref="RpcException">UNAVAILABLE: none answers.</exception>
    private async Task<string> VerifyAsync(PeerIdentity peer)
    {
        var asked = Interlocked.Increment(ref _order);
        Forget();
        while (true)
        {
            var present = _verifications.GetOrAdd(peer.Address, static (address, guard) => new Verification(guard, address), this);
            var answered = await present.Answer.ConfigureAwait(false);
            if (answered == peer.SystemId || present.Order > asked)
            {
                return answered ?? throw CallFailure.Of(StatusCode.Unavailable, $"{peer.Address} could not be reached to verify the incarnation {peer.SystemId}.");
            }

            // The system that answered before the claim was made may have been replaced since. To refuse by it would send a node away for
            // good that started a moment ago; so the claim is held until we may dial again.
            var rest = VerifyAtMostEvery - context.Time.GetElapsedTime(present.StartedAt);
            if (rest > TimeSpan.Zero)
            {
                await Task.Delay(rest, context.Time).ConfigureAwait(false);
            }

            _verifications.TryRemove(new KeyValuePair<string, Verification>(peer.Address, present));
        }
    }

    /// <summary>What was found out a while ago counts no more; without this it would stay for every address that was ever claimed.</summary>
    private void Forget()
    {
        if (_verifications.Count >= MaxVerifications)
        {
            foreach (var known in _verifications.Where(known => context.Time.GetElapsedTime(known.Value.StartedAt) >= VerifyAtMostEvery))
            {
                _verifications.TryRemove(known);
            }
        }
    }

    private async Task<string?> DialAsync(string address)
    {
        try
        {
            // The names that peers make up must not hold up one that the application has given.
            await using var connection = await connector.DialAsync(address, endpoints.OriginOf(address), offer: null, CancellationToken.None).ConfigureAwait(false);
            return connection.Peer.SystemId;
        }
        catch (Exception exception)
        {
            // Whatever answers there, for example with bytes that are no frame: it is no fault of the peers that wait for this.
            RemoteLog.VerificationFailed(context.Log, address, exception.Message);
            return null;
        }
    }

    private RpcException Refused(PeerIdentity peer, string why)
    {
        RemoteLog.IncarnationRefused(context.Log, peer.Address, peer.SystemId, why);
        return CallFailure.Of(StatusCode.FailedPrecondition, $"{peer.SystemId} does not speak for {peer.Address}: {why}.");
    }

    private long Now() => context.Time.GetTimestamp();

    private sealed class Verification(IncarnationGuard guard, string address)
    {
        private readonly Lazy<Task<string?>> _answer = new(() => guard.DialAsync(address));

        public long StartedAt { get; } = guard.Now();

        /// <summary>Greater than that of every claim made before it.</summary>
        public long Order { get; } = Interlocked.Increment(ref guard._order);

        public Task<string?> Answer => _answer.Value;
    }
}
