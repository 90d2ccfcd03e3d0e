using Grpc.Core;
using Proto;

namespace Remote.Tests;

[Trait("Behaviour", "H-02")]
public sealed class ClientSessionsTests
{
    private const string Address = "$client/c";

    /// <summary>The session is found in the moment before its name turns out to be taken, by an endpoint that is in quarantine.</summary>
    [Fact]
    public async Task DisconnectAsync_SessionThatDoesNotBegin_WaitsForNothing()
    {
        ClientSessions? clients = null;
        Task? leaving = null;
        var time = new ReadTime(() => leaving = leaving is { IsCompleted: false } ? leaving : clients?.DisconnectAsync(Address));
        var system = new ActorSystem();
        var parts = NodeKit.PartsOf(system, setup: new TestSetup { TimeProvider = time });
        var taken = new Endpoint(parts.Context, parts.Links, parts.Table.Record(Address), start: null, resumes: false);
        Assert.True(taken.TryClaim());
        taken.Close(EndpointTerminatedReason.Unreachable, DeadLetterReason.EndpointClosed, TimeSpan.FromHours(1));
        Assert.True(parts.Table.TryAdd(taken));
        clients = new ClientSessions(parts.Context, parts.Table, parts.Links, new PeerBlockList(NodeKit.SettingsOf(system)));
        var stream = new InboundStream(new PlayedRequest().Call, new PeerIdentity("c", Address, IsClient: true));

        var refusal = await Assert.ThrowsAsync<RpcException>(() => clients.OpenAsync(stream).AsTask());

        Assert.Equal(StatusCode.AlreadyExists, refusal.StatusCode);
        Assert.Equal(EndpointTerminatedReason.Disconnected, stream.LeavingFor);
        await leaving!.Within("the end of a session that did not begin");
        parts.Links.Dispose();
        await system.ShutdownAsync();
    }

    /// <summary>Tells when it is read.</summary>
    private sealed class ReadTime(Action onRead) : TimeProvider
    {
        public override long GetTimestamp()
        {
            onRead();
            return base.GetTimestamp();
        }
    }
}
