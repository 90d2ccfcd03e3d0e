using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Remote.Tests;

[Trait("Behaviour", "O-02")]
public sealed class LiveVerdictTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    [Theory]
    [InlineData(0, 0.5, HealthStatus.Healthy)]
    [InlineData(1.9, 1.9, HealthStatus.Healthy)]
    [InlineData(2, 0, HealthStatus.Degraded)]
    [InlineData(0, 2, HealthStatus.Degraded)]
    [InlineData(14.9, 14.9, HealthStatus.Degraded)]
    [InlineData(15, 0, HealthStatus.Unhealthy)]
    [InlineData(0, 15, HealthStatus.Unhealthy)]
    public void Of_WhatIsLater_Counts(double pool, double timers, HealthStatus expected) =>
        Assert.Equal(expected, LiveVerdict.Of(new LiveSnapshot(TimeSpan.FromSeconds(pool), TimeSpan.FromSeconds(timers), Limit)).Status);

    [Fact]
    public void Of_SaysWhatIsLateAndByWhatItJudged()
    {
        var pool = LiveVerdict.Of(new LiveSnapshot(TimeSpan.FromSeconds(16), TimeSpan.FromSeconds(3), Limit));
        var timers = LiveVerdict.Of(new LiveSnapshot(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3), Limit));

        Assert.StartsWith("Work has waited 16.0 s for a thread of the pool", pool.Description, StringComparison.Ordinal);
        Assert.StartsWith("No timer has run for 3.0 s", timers.Description, StringComparison.Ordinal);
        Assert.Equal(["limit 15.0 s", "pool 16.0 s", "timers 3.0 s"], pool.Data.Select(entry => $"{entry.Key} {entry.Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Of_AListenerThatHasEnded_IsUnhealthy() =>
        Assert.Equal(HealthStatus.Unhealthy, LiveVerdict.Of(new LiveSnapshot(TimeSpan.Zero, TimeSpan.Zero, Limit) { HasLostListener = true }).Status);

    /// <summary>A limit below what any busy machine has is a limit all the same.</summary>
    [Fact]
    public void Of_LimitBelowTwoSeconds_IsUnhealthyWithoutBeingDegradedBefore()
    {
        var limit = TimeSpan.FromSeconds(1);

        Assert.Equal(HealthStatus.Healthy, LiveVerdict.Of(new LiveSnapshot(TimeSpan.FromSeconds(0.9), TimeSpan.Zero, limit)).Status);
        Assert.Equal(HealthStatus.Unhealthy, LiveVerdict.Of(new LiveSnapshot(limit, TimeSpan.Zero, limit)).Status);
    }

    [Fact]
    public void Of_LaterLoops_AreNeverBetter() => Check.One(
        SeededConfig.Times(500),
        Prop.ForAll(Gen.Choose(0, 30_000).Four().ToArbitrary(), drawn =>
        {
            var (pool, timers, more, limit) = drawn;
            var now = LiveVerdict.Of(Snapshot(pool, timers, limit)).Status;

            // The values of the enum fall from healthy to unhealthy.
            return LiveVerdict.Of(Snapshot(pool + more, timers, limit)).Status <= now && LiveVerdict.Of(Snapshot(pool, timers + more, limit)).Status <= now;
        }));

    private static LiveSnapshot Snapshot(int pool, int timers, int limit) =>
        new(TimeSpan.FromMilliseconds(pool), TimeSpan.FromMilliseconds(timers), TimeSpan.FromMilliseconds(limit));
}
