namespace Remote.Tests;

[Trait("Behaviour", "O-03")]
public sealed class PeerTagsTests
{
    private readonly PeerTags _tags = new();

    [Fact]
    public void TagOf_KeepsTheFirstAddresses()
    {
        var tags = Enumerable.Range(0, PeerTags.MaxAddresses + 1).Select(number => _tags.TagOf($"peer:{number}", DialOrigin.Program)).ToList();

        Assert.Equal((PeerTags.MaxAddresses + 1, RemoteTelemetry.OthersValue), (tags.Distinct().Count(), tags[^1]));
        Assert.Equal("peer:0", _tags.TagOf("peer:0", DialOrigin.Program));
    }

    [Theory]
    [InlineData(DialOrigin.Message)]
    [InlineData(DialOrigin.Watch)]
    [InlineData(DialOrigin.Handshake)]
    public void TagOf_NamesFromOtherNodes_LeaveRoomForThoseOfTheApplication(DialOrigin origin)
    {
        var tags = Enumerable.Range(0, PeerTags.MaxAddresses).Select(number => _tags.TagOf($"invented:{number}", origin)).Distinct();

        Assert.Equal((PeerTags.MaxAddresses / 2) + 1, tags.Count());
        Assert.Equal("peer:1", _tags.TagOf("peer:1", DialOrigin.Program));
        Assert.Equal("peer:1", _tags.TagOf("peer:1", origin));
    }

    [Fact]
    public void TagOf_Clients_TakeNoRoom()
    {
        Assert.All(Enumerable.Range(0, PeerTags.MaxAddresses), number => Assert.Equal(RemoteTelemetry.ClientsValue, _tags.TagOf($"$client/{number}", DialOrigin.Handshake)));

        Assert.Equal("peer:1", _tags.TagOf("peer:1", DialOrigin.Handshake));
    }
}
