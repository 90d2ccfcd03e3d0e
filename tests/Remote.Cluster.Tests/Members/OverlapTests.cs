namespace Remote.Cluster.Tests;

/// <summary>What says that an identity ran twice is judged first.</summary>
[Trait("Behaviour", "K-02")]
public sealed class OverlapTests
{
    [Fact]
    public void Of_NobodyOrOneAfterTheOther_IsNone()
    {
        Assert.Equal(new Overlap(0, 0), Overlap.Of([]));
        Assert.Equal(new Overlap(0, 1), Overlap.Of([(5, 9), (1, 5), (9, 9), (12, 10)]));
    }

    [Fact]
    public void Of_TwoAtATime_IsTheTimeThatTheyShare() => Assert.Equal(new Overlap(3, 2), Overlap.Of([(1, 5), (2, 3), (3, 5), (7, 9)]));

    [Fact]
    public void Of_ThreeAtATime_CountsEachMomentOnce() => Assert.Equal(new Overlap(10, 3), Overlap.Of([(0, 10), (0, 10), (0, 10)]));
}
