using Microsoft.Extensions.Logging;

namespace Remote.Tests;

[Trait("Behaviour", "K-03")]
public sealed class StandstillTests : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    private readonly StandingClock _clock = new();
    private readonly TestLog _log = new();
    private readonly Standstill _standstill;

    public StandstillTests() => _standstill = new Standstill(_clock, _log.CreateLogger("Remote"));

    public void Dispose()
    {
        _standstill.Dispose();
        _log.Dispose();
    }

    [Fact]
    public void BeforeTheStart_TimeThatPasses_IsNone()
    {
        _clock.StandStill(TimeSpan.FromDays(1));
        Assert.Equal(TimeSpan.Zero, _standstill.Recent());

        _standstill.Start();

        Assert.Equal(TimeSpan.Zero, _standstill.Recent());
    }

    [Fact]
    public void TicksInTime_AreNone()
    {
        _standstill.Start();
        for (var i = 0; i < 10; i++)
        {
            _clock.StandStill(Standstill.Least - Tick);
            _clock.Tick();
        }

        Assert.Equal(TimeSpan.Zero, _standstill.Recent());
        Assert.Empty(_log.Lines);
    }

    /// <param name="isAskedFirst">Whether it is asked before the tick that is late has run.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void LateTick_IsOneForAWhile_AndLoggedOnce(bool isAskedFirst)
    {
        _standstill.Start();
        _clock.StandStill(Standstill.Least);
        if (!isAskedFirst)
        {
            _clock.Tick();
        }

        Assert.Equal(Standstill.Least, _standstill.Recent());
        _clock.Tick();
        Assert.Equal(Standstill.Least, _standstill.Recent());

        for (var passed = TimeSpan.Zero; passed < Standstill.Aftermath; passed += Standstill.Aftermath / 3)
        {
            Assert.Equal(Standstill.Least, _standstill.Recent());
            _clock.StandStill(Standstill.Aftermath / 3);
        }

        Assert.Equal(Standstill.Least, _standstill.Recent());
        _clock.StandStill(Tick);
        Assert.Equal(TimeSpan.Zero, _standstill.Recent());
        var entry = Assert.Single(_log.Lines);
        Assert.Equal((2039, LogLevel.Warning), (entry.Event.Id, entry.Level));
    }
}
