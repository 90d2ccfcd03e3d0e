using Remote.Testing;

namespace Remote.Tests.Endpoints;

/// <summary>The share of the node's credit that an endpoint of a node without a listener has for what comes back.</summary>
[Trait("Behaviour", "B-05")]
public sealed class EndpointCreditTests
{
    /// <summary>Of many threads that send to an address first, one has its endpoint taken. The others are dropped, and never end.</summary>
    [Fact]
    public async Task EndpointsThatAreForestalled_KeepNoShare()
    {
        await using var network = new InMemoryNetwork();
        await using var client = await TestNode.StartClientAsync(network: network);
        var parts = client.Remote.Parts;
        Endpoint New() => new(parts.Context, parts.Links, parts.Table.Record("peer:1"), start: null, resumes: true);
        var window = parts.Context.Options.Inbound.MaxBytes;
        var dialled = New();

        for (var i = 0; i < 100; i++)
        {
            Assert.Null(New().Inflow);
        }

        Assert.Equal(window, dialled.NextOffer()!.Credit.Bytes);
        var inflow = dialled.Inflow;
        Assert.Equal(window, dialled.NextOffer()!.Credit.Bytes);
        Assert.Same(inflow, dialled.Inflow);
        dialled.Close(EndpointTerminatedReason.Disconnected, DeadLetterReason.EndpointClosed, TimeSpan.Zero);
        Assert.Null(dialled.Inflow);
    }
}
