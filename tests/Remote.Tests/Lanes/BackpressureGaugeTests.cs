namespace Remote.Tests;

[Trait("Behaviour", "B-03")]
public sealed class BackpressureGaugeTests
{
    [Fact]
    public void Update_CapacityHundred_EntersAt60And85AndLeavesAt80And55()
    {
        var gauge = new BackpressureGauge(100, new BackpressureOptions());
        var changes = new List<(int Length, BackpressureLevel Level)>();
        int[] walk = [.. Enumerable.Range(0, 101), .. Enumerable.Range(0, 101).Reverse()];

        foreach (var length in walk)
        {
            if (gauge.Update(length))
            {
                changes.Add((length, gauge.Level));
            }
        }

        Assert.Equal(
            [(60, BackpressureLevel.Warning), (85, BackpressureLevel.Critical), (80, BackpressureLevel.Warning), (55, BackpressureLevel.Normal)], changes);
    }

    [Fact]
    public void Change_OtherShares_CountFromTheNextUpdateOn()
    {
        var gauge = new BackpressureGauge(100, new BackpressureOptions());
        gauge.Update(50);

        gauge.Change(new BackpressureOptions { Warning = 0.3, Critical = 0.4 });
        Assert.Equal((true, BackpressureLevel.Critical), (gauge.Update(50), gauge.Level));

        gauge.Change(new BackpressureOptions());
        Assert.Equal((true, BackpressureLevel.Normal), (gauge.Update(50), gauge.Level));
    }

    [Theory]
    [InlineData(10, 0.60, 0.85, 6, 9, 8, 5)]
    [InlineData(50, 0.60, 0.85, 30, 43, 40, 27)]
    [InlineData(100, 0.55, 0.56, 55, 56, 51, 50)]
    [InlineData(1, 0.60, 0.85, 1, 1, 0, 0)]
    public void Update_SharesThatAreNoWholeNumber_EnteredRoundedUpAndLeftRoundedDown(
        int capacity, double warning, double critical, int entersWarning, int entersCritical, int leavesCritical, int leavesWarning)
    {
        var options = new BackpressureOptions { Warning = warning, Critical = critical };
        var gauge = new BackpressureGauge(capacity, options);
        int First(IEnumerable<int> walk, Predicate<BackpressureLevel> reached) => walk.First(length =>
        {
            gauge.Update(length);
            return reached(gauge.Level);
        });

        Assert.Equal(entersWarning, First(Enumerable.Range(0, capacity + 1), level => level >= BackpressureLevel.Warning));
        Assert.Equal(entersCritical, First(Enumerable.Range(entersWarning, capacity + 1), level => level == BackpressureLevel.Critical));
        Assert.Equal(leavesCritical, First(Enumerable.Range(0, capacity + 1).Reverse(), level => level < BackpressureLevel.Critical));
        Assert.Equal(leavesWarning, First(Enumerable.Range(0, leavesCritical + 1).Reverse(), level => level == BackpressureLevel.Normal));
    }

    [Fact]
    public void Update_TwoStepsAtOnce_IsOneChange()
    {
        var gauge = new BackpressureGauge(100, new BackpressureOptions());

        Assert.True(gauge.Update(90));
        Assert.Equal(BackpressureLevel.Critical, gauge.Level);
        Assert.True(gauge.Update(0));
        Assert.Equal(BackpressureLevel.Normal, gauge.Level);
    }

    [Fact]
    public void Update_OnTheEdge_DoesNotFlicker()
    {
        var gauge = new BackpressureGauge(100, new BackpressureOptions());
        gauge.Update(60);

        Assert.False(gauge.Update(59));
        Assert.False(gauge.Update(60));
        Assert.False(gauge.Update(56));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1_000_000)]
    public void Update_AnyCapacity_EndsNormalWhenEmptyAndCriticalWhenFull(int capacity)
    {
        var gauge = new BackpressureGauge(capacity, new BackpressureOptions());

        gauge.Update(capacity);
        Assert.Equal(BackpressureLevel.Critical, gauge.Level);
        gauge.Update(0);
        Assert.Equal(BackpressureLevel.Normal, gauge.Level);
    }
}
