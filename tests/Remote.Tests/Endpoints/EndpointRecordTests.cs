namespace Remote.Tests.Endpoints;

[Trait("Behaviour", "E-08")]
public sealed class EndpointRecordTests
{
    [Fact]
    public void Bequeath_WhatWasDenied_CountsInTheHeir_AndSoDoesWhatIsDeniedLater()
    {
        var record = new EndpointRecord("peer:1");
        var heir = new EndpointRecord("others");
        record.Denied();
        record.DeniedByPeer();

        record.Bequeath(heir);
        record.Denied();
        record.DeniedByPeer();

        var counted = heir.Complete(new EndpointLedger(), new EndpointStatistics { Address = heir.Address });
        Assert.Equal((2L, 2L), (counted.Denied, counted.DeniedByPeer));
    }
}
