namespace Remote.Tests.Endpoints;

[Trait("Behaviour", "E-08")]
public sealed class EndpointRecordTests
{
    [Fact]
    public void Disconnected_LongError_IsKeptShort()
    {
        var record = new EndpointRecord("peer:1");

        record.Disconnected(new string('x', 50_000));

        Assert.Equal("... (50000 characters)", record.LastError!.TrimStart('x'));
        Assert.InRange(record.LastError.Length, LogText.MaxDetail - 30, LogText.MaxDetail);
    }

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
