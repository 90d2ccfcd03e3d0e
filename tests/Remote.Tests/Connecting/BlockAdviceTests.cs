using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>The list of a peer may have megabytes; what is known of a peer lives as long as its stream.</summary>
[Trait("Behaviour", "T-15")]
public sealed class BlockAdviceTests
{
    [Fact]
    public void ReadRequest_PeersAreNotTrusted_OnlyTheNumberIsKept()
    {
        var advice = Read(trustsPeers: false);
        Assert.Equal(2, advice.Count);
        Assert.Null(advice.Take());
    }

    [Fact]
    public void ReadRequest_PeersAreTrusted_TheIdsAreKeptUntilTheyAreTaken()
    {
        var advice = Read(trustsPeers: true);
        Assert.Equal<IEnumerable<string>>(["one", "two"], advice.Take()!);
        Assert.Null(advice.Take());
        Assert.Equal(2, advice.Count);
    }

    private static BlockAdvice Read(bool trustsPeers)
    {
        var server = new Wire.ServerConnection { MemberId = "m", Address = "peer:1", BlockList = { "one", "", new string('x', 257), "two" } };
        var request = new Wire.RemoteMessage { ConnectRequest = new Wire.ConnectRequest { ServerConnection = server } };
        return Handshake.ReadRequest(request, CapabilityNames.All, trustsPeers).Advice;
    }
}
