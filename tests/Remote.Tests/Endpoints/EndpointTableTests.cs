using Proto;

namespace Remote.Tests.Endpoints;

[Trait("Behaviour", "E-04")]
public sealed class EndpointTableTests : DisposedAfterTest
{
    private const string Address = "peer:1";
    private static readonly PeerIdentity ByAnotherName = new("system", "other:1", IsClient: false);

    private readonly ActorSystem _system = new();
    private readonly NodeParts _parts;

    public EndpointTableTests() => _parts = NodeKit.PartsOf(_system);

    private EndpointTable Table => _parts.Table;

    public override ValueTask DisposeAsync() => _system.DisposeAsync();

    [Fact]
    public void Add_IsSeenInTheListOfProcesses_AndTheAddressIsTaken()
    {
        Assert.True(Table.TryAdd(NewEndpoint()));
        Assert.False(Table.TryAdd(NewEndpoint()));

        Assert.NotSame(_system.DeadLetter, InRegistry());
    }

    [Fact]
    public void Add_RefusesFromTheStart_IsNoProcess()
    {
        var endpoint = NewEndpoint();
        endpoint.RefuseFromStart();

        Assert.True(Table.TryAdd(endpoint));

        Assert.Same(endpoint, Table.Find(Address));
        Assert.Same(_system.DeadLetter, InRegistry());
    }

    [Fact]
    public void FindPeer_ByWhateverNameItDialledUs_UntilTheEndpointHasEnded()
    {
        var endpoint = NewEndpoint();
        endpoint.PeerSystemId = ByAnotherName.SystemId;
        Table.TryAdd(endpoint);
        Assert.Null(Table.ClaimSystem(ByAnotherName.SystemId, endpoint));
        Assert.Same(endpoint, Table.FindPeer(ByAnotherName));

        Table.Ended(endpoint);

        Assert.Null(Table.FindPeer(ByAnotherName));
    }

    [Theory]
    [Trait("Behaviour", "T-16")]
    [InlineData(true)]
    [InlineData(false)]
    public void FindPeer_AnotherOneAnsweredWithItsIdFirst_IsTheOneAtItsAddress(bool saysItsAddress)
    {
        var liar = NewEndpoint("liar:1");
        (liar.PeerSystemId, liar.Advertised, liar.Origin) = (ByAnotherName.SystemId, saysItsAddress ? ByAnotherName.Address : null, DialOrigin.Message);
        Table.TryAdd(liar);
        Assert.Null(Table.ClaimSystem(ByAnotherName.SystemId, liar));
        var endpoint = NewEndpoint(ByAnotherName.Address);
        (endpoint.PeerSystemId, endpoint.Advertised, endpoint.Origin) = (ByAnotherName.SystemId, ByAnotherName.Address, DialOrigin.Message);
        Table.TryAdd(endpoint);
        Assert.Null(Table.ClaimSystem(ByAnotherName.SystemId, endpoint));

        Assert.Same(endpoint, Table.FindPeer(ByAnotherName));
    }

    private Process InRegistry() => _system.ProcessRegistry.Get(PID.FromAddress(ActorSystem.NoHost, "$endpoint/" + Address));

    private Endpoint NewEndpoint(string address = Address) => new(_parts.Context, _parts.Links, Table.Record(address), start: null, resumes: false);
}
