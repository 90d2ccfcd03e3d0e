using Grpc.Core;
using Proto;

namespace Remote.Tests;

/// <summary>Names that peers make up are resolved apart from those of the application, also where a claim is verified.</summary>
[Trait("Behaviour", "R-04")]
public sealed class VerificationOriginTests
{
    private const string Peer = "peer:8000";

    [Theory]
    [InlineData(DialOrigin.Program)]
    [InlineData(DialOrigin.Message)]
    public async Task Verification_DialsAsForWhoeverNamedTheAddress(DialOrigin origin)
    {
        await using var system = new ActorSystem();
        var setup = new TestSetup { Connect = static (_, _) => throw new IOException("Nobody is there.") };
        var parts = NodeKit.PartsOf(system, setup: setup);
        List<DialOrigin> seen = [];
        var connector = new PeerConnector(parts.Context, NodeKit.SettingsOf(system, setup: setup).Channels, parts.BlockList, Names);
        parts.Table.TryAdd(new Endpoint(parts.Context, parts.Links, parts.Table.Record(Peer), start: null, resumes: false)
        {
            Origin = origin,
            PeerSystemId = "former",
        });
        var guard = new IncarnationGuard(
            parts.Context, parts.Table, diallers: null!, connector, new IncarnationMemory(parts.Context.Time, maxAddresses: 1));

        var failure = await Assert.ThrowsAsync<RpcException>(
            () => guard.AdmitAsync(new PeerIdentity("successor", Peer, IsClient: false)).AsTask().Within("the verification"));

        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.Equal([origin], seen);
        parts.Links.Dispose();

        NameResolution Names(DialOrigin named)
        {
            seen.Add(named);
            return NameResolution.For(named);
        }
    }
}
