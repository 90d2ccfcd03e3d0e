using Proto;

namespace Remote.Tests.Messaging;

/// <summary>What a PID looks like on the wire and what it becomes, on each kind of connection and in both directions.</summary>
[Trait("Behaviour", "H-02")]
public class PidTranslationTests
{
    private const string Server = "10.0.0.1:8001";
    private const string Alias = "node-one:8001";
    private const string Third = "10.0.0.3:8003";
    private const string Client = "$client/c1";

    private static readonly OutboundTranslation ServerToServer = OutboundTranslation.FromServer(Server, Third, false);
    private static readonly OutboundTranslation ServerToClient = OutboundTranslation.FromServer(Server, Client, false);
    private static readonly OutboundTranslation ClientToServer = OutboundTranslation.FromClient("c1", Alias, false);

    private static readonly InboundTranslation ServerFromServer = new(Third, Server, isClient: false, IsServer);
    private static readonly InboundTranslation ServerFromClient = new(Client, Server, isClient: false, IsServer);
    private static readonly InboundTranslation ClientFromServer = new(Alias, Client, isClient: true, address => address == Client);

    [Theory]
    [InlineData(ActorSystem.NoHost, "a", Server, "a")]
    [InlineData(Server, "a", Server, "a")]
    [InlineData(Third, "a", Third, "a")]
    [InlineData(Client, "a", Server, "$client/c1/a")]
    [InlineData("$client/c2", "p/q", Server, "$client/c2/p/q")]
    public void Sender_ServerToAnybody_CanBeAnsweredByWhoeverReadsIt(
        string address, string id, string wireAddress, string wireId)
    {
        Assert.Equal((wireAddress, wireId), Parts(ServerToServer.Sender(new PID(address, id))));
        Assert.Equal((wireAddress, wireId), Parts(ServerToServer.Payload(address, id)));
        Assert.Equal((wireAddress, wireId), Parts(ServerToClient.Sender(new PID(address, id))));
        Assert.Equal((wireAddress, wireId), Parts(ServerToClient.Payload(address, id)));
    }

    [Theory]
    [InlineData(ActorSystem.NoHost, "a", Alias, "$client/c1/a", Client, "a")]
    [InlineData(Client, "a", Alias, "$client/c1/a", Client, "a")]
    [InlineData(Server, "a", Server, "a", Server, "a")]
    [InlineData(Third, "a", Third, "a", Third, "a")]
    [InlineData("$client/c2", "a", Alias, "$client/c2/a", Alias, "$client/c2/a")]
    [InlineData(Alias, "$client/c2/a", Alias, "$client/c2/a", Alias, "$client/c2/a")]
    public void ClientToServer_SendersGoThroughTheServer_PayloadNamesTheClientPlainly(
        string address, string id, string senderAddress, string senderId, string payloadAddress, string payloadId)
    {
        Assert.Equal((senderAddress, senderId), Parts(ClientToServer.Sender(new PID(address, id))));
        Assert.Equal((payloadAddress, payloadId), Parts(ClientToServer.Payload(address, id)));
    }

    [Theory]
    [InlineData("", "a", Third, "a")]
    [InlineData(Third, "a", Third, "a")]
    [InlineData(Server, "a", Server, "a")]
    [InlineData(Alias, "a", Server, "a")]
    [InlineData(Server, "$client/c2/p/q", "$client/c2", "p/q")]
    [InlineData(Third, "$client/c2/a", Third, "$client/c2/a")]
    [InlineData("", "$client/c2/a", Third, "$client/c2/a")]
    [InlineData("$client/c2", "a", "$client/c2", "a")]
    [InlineData(Server, "$client/c2", Server, "$client/c2")]
    [InlineData(Server, "$client/c2/", Server, "$client/c2/")]
    public void Translate_AtServerFromServer_OwnAddressesAreLocal(
        string wireAddress, string wireId, string address, string id) =>
        Assert.Equal((address, id, 7u), Parts(ServerFromServer.Translate(wireAddress, wireId, 7)));

    [Theory]
    [InlineData("", "a", Client, "a")]
    [InlineData("", "$client/c1/a", Client, "a")]
    [InlineData(Server, "$client/c1/a", Client, "a")]
    [InlineData("nat:1", "$client/c1/a", Client, "a")]
    [InlineData(Server, "$client/c2/a", "$client/c2", "a")]
    [InlineData(Server, "a", Server, "a")]
    [InlineData(Client, "a", Client, "a")]
    [InlineData(Third, "a", Third, "a")]
    [InlineData(Third, "$client/c2/a", Third, "$client/c2/a")]
    public void Translate_AtServerFromClient_EveryFormOfAClientsPidIsTheSame(
        string wireAddress, string wireId, string address, string id) =>
        Assert.Equal((address, id, 7u), Parts(ServerFromClient.Translate(wireAddress, wireId, 7)));

    [Theory]
    [InlineData("", "$1", Alias, "$1")]
    [InlineData(Server, "a", Server, "a")]
    [InlineData(Server, "$client/c1/a", Client, "a")]
    [InlineData(Alias, "$client/c1/a", Client, "a")]
    [InlineData("", "$client/c1/a", Client, "a")]
    [InlineData(Client, "a", Client, "a")]
    [InlineData(Server, "$client/c2/a", Server, "$client/c2/a")]
    [InlineData("", "$client/c2/a", Alias, "$client/c2/a")]
    [InlineData("$client/c2", "a", Alias, "$client/c2/a")]
    [InlineData(Third, "a", Third, "a")]
    public void Translate_AtClient_ItsOwnAreLocalAndOtherClientsAreBehindTheServer(
        string wireAddress, string wireId, string address, string id) =>
        Assert.Equal((address, id, 7u), Parts(ClientFromServer.Translate(wireAddress, wireId, 7)));

    [Theory]
    [InlineData("a", Server, "a")]
    [InlineData("p/q", Server, "p/q")]
    [InlineData("$client/c1/a", "$client/c1", "a")]
    [InlineData("$client/c2/p/q", "$client/c2", "p/q")]
    [InlineData("$client/c2", Server, "$client/c2")]
    [InlineData("$client//a", Server, "$client//a")]
    [InlineData("$activator", Server, "$activator")]
    public void Target_AtServer_IsLocalOrBelongsToAClient(string wireId, string address, string id)
    {
        Assert.Equal((address, id, 3u), Parts(ServerFromServer.Target(wireId, 3)));
        Assert.Equal((address, id, 3u), Parts(ServerFromClient.Target(wireId, 3)));
        Assert.Equal((address, id, 3u), Parts(ServerFromServer.Target(new ReadPid("whatever:1", wireId, 3))));
    }

    [Theory]
    [InlineData("a", Client, "a")]
    [InlineData("$client/c1/p/q", Client, "p/q")]
    [InlineData("$client/c2/a", "$client/c2", "a")]
    public void Target_AtClient_IsSplitAgain(string wireId, string address, string id) =>
        Assert.Equal((address, id, 3u), Parts(ClientFromServer.Target(wireId, 3)));

    [Fact]
    public void Target_PidOfAClient_BelongsToIt()
    {
        Assert.Equal((Client, "a", 3u), Parts(ServerFromServer.Target(new ReadPid(Client, "a", 3))));
        Assert.Equal((Client, "a", 3u), Parts(ClientFromServer.Target(new ReadPid(Client, "a", 3))));
    }

    [Theory]
    [InlineData(Client, "a")]
    [InlineData(Third, "a")]
    [InlineData("$client/c2", "a")]
    public void RoundTrip_ClientAndBack_IsTheSamePidAgain(string address, string id)
    {
        var pid = new PID(address, id);
        var atServer = Read(ServerFromClient, ClientToServer.Sender(pid));
        var back = Read(ClientFromServer, ServerToClient.Sender(atServer));
        Assert.Equal(address == "$client/c2" ? (Server, "$client/c2/a") : (address, id), (back.Address, back.Id));
    }

    [Fact]
    public void RoundTrip_WatcherAndSenderOfAClient_AreOnePidAtTheServer() => Assert.Equal(
        Read(ServerFromClient, ClientToServer.Sender(new PID(Client, "a"))),
        Read(ServerFromClient, ClientToServer.Payload(Client, "a")));

    private static PID Read(InboundTranslation translation, in WirePid pid) =>
        translation.Translate(pid.Address, pid.FullId);

    private static bool IsServer(string address) => address is Server or Alias;

    private static (string Address, string Id) Parts(in WirePid pid) => (pid.Address, pid.FullId);

    private static (string Address, string Id, uint RequestId) Parts(PID pid) => (pid.Address, pid.Id, pid.RequestId);
}
