namespace Remote.Tests;

public sealed class WriteGateTests
{
    [Fact]
    public void TryEnter_OneAtATime()
    {
        var gate = new WriteGate();

        Assert.True(gate.TryEnter());
        Assert.False(gate.TryEnter());
        gate.Leave();
        Assert.True(gate.TryEnter());
    }

    [Fact]
    public async Task CloseAsync_SomebodyInside_WaitsUntilTheyHaveLeft()
    {
        var gate = new WriteGate();
        Assert.True(gate.TryEnter());

        Assert.False(gate.IsClosed);
        var closed = gate.CloseAsync();
        Assert.False(closed.IsCompleted);
        Assert.True(gate.IsClosed);
        gate.Leave();

        await closed.Within("the gate to close");
        Assert.False(gate.TryEnter());
    }

    [Fact]
    public void CloseAsync_NobodyInside_IsClosedAtOnce()
    {
        var gate = new WriteGate();

        Assert.True(gate.CloseAsync().IsCompletedSuccessfully);
        Assert.False(gate.TryEnter());
        Assert.True(gate.CloseAsync().IsCompletedSuccessfully);
    }
}
