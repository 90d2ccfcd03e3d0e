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
