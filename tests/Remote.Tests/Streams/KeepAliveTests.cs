namespace Remote.Tests;

[Trait("Behaviour", "R-06")]
public sealed class KeepAliveTests
{
    private readonly KeepAlive _keepAlive = new(interval: 5, timeout: 15, now: 0);

    [Fact]
    public void Check_NothingSentForTheInterval_SaysSend()
    {
        Assert.Equal(KeepAliveAction.Nothing, _keepAlive.Check(4, sent: 0, received: 1, reading: true));
        Assert.Equal(KeepAliveAction.Send, _keepAlive.Check(5, sent: 0, received: 2, reading: true));
        Assert.Equal(KeepAliveAction.Nothing, _keepAlive.Check(6, sent: 1, received: 3, reading: true));
        Assert.Equal(KeepAliveAction.Nothing, _keepAlive.Check(9, sent: 1, received: 4, reading: true));
        Assert.Equal(KeepAliveAction.Send, _keepAlive.Check(10, sent: 1, received: 5, reading: true));
    }

    [Fact]
    public void Check_SomethingElseWasSent_CountsFromThere()
    {
        _keepAlive.Check(5, sent: 0, received: 1, reading: true);

        // The heartbeat, and a message.
        Assert.Equal(KeepAliveAction.Nothing, _keepAlive.Check(8, sent: 2, received: 2, reading: true));
        Assert.Equal(KeepAliveAction.Nothing, _keepAlive.Check(12, sent: 2, received: 3, reading: true));
        Assert.Equal(KeepAliveAction.Send, _keepAlive.Check(13, sent: 2, received: 4, reading: true));
    }

    [Fact]
    public void Check_HeartbeatsAreTimed_OnePerIntervalWhateverElseIsSent()
    {
        Assert.Equal(KeepAliveAction.Send, _keepAlive.Check(5, sent: 20, received: 1, reading: true, timed: true));
        Assert.Equal(KeepAliveAction.Nothing, _keepAlive.Check(9, sent: 30, received: 2, reading: true, timed: true));
        Assert.Equal(KeepAliveAction.Send, _keepAlive.Check(10, sent: 40, received: 3, reading: true, timed: true));

        // Nobody wants to know any more: what else is sent counts again.
        Assert.Equal(KeepAliveAction.Nothing, _keepAlive.Check(15, sent: 50, received: 4, reading: true));
    }

    [Fact]
    public void Check_WriterIsHeldUp_AsksAgainEachInterval()
    {
        Assert.Equal(KeepAliveAction.Send, _keepAlive.Check(5, sent: 0, received: 1, reading: true));
        Assert.Equal(KeepAliveAction.Nothing, _keepAlive.Check(9, sent: 0, received: 2, reading: true));
        Assert.Equal(KeepAliveAction.Send, _keepAlive.Check(10, sent: 0, received: 3, reading: true));
    }

    [Fact]
    public void Check_NothingReceivedForTheTimeout_IsDead()
    {
        _keepAlive.Check(1, sent: 1, received: 1, reading: true);

        Assert.NotEqual(KeepAliveAction.Dead, _keepAlive.Check(15, sent: 2, received: 1, reading: true));
        Assert.Equal(KeepAliveAction.Dead, _keepAlive.Check(16, sent: 3, received: 1, reading: true));
    }

    [Fact]
    public void Check_NotReading_IsNeverDeadAndStartsAnewAfterwards()
    {
        Assert.NotEqual(KeepAliveAction.Dead, _keepAlive.Check(100, sent: 1, received: 0, reading: false));
        Assert.NotEqual(KeepAliveAction.Dead, _keepAlive.Check(114, sent: 2, received: 0, reading: true));
        Assert.Equal(KeepAliveAction.Dead, _keepAlive.Check(115, sent: 3, received: 0, reading: true));
    }
}
