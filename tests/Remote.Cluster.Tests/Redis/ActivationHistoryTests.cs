namespace Remote.Cluster.Tests.Redis;

/// <summary>The judge is judged first: it must see what the rounds are to rule out, and allow what may be.</summary>
[Trait("Behaviour", "K-07")]
public sealed class ActivationHistoryTests
{
    private long _now;

    [Fact]
    public void Contradictions_OneAfterTheOther_None()
    {
        var history = new ActivationHistory(() => _now);
        Run(history, "a", from: 1, to: 10);
        Run(history, "b", from: 11, to: 20);
        Read(history, 2, 3, "a");
        Read(history, 9, 30, "a");
        Read(history, 0, 3, null);

        Assert.Empty(history.Contradictions());
    }

    [Theory]
    [InlineData(5, 9)]
    [InlineData(5, 30)]
    public void Contradictions_TwoAtATime_IsSeen(int from, int to)
    {
        var history = new ActivationHistory(() => _now);
        Run(history, "a", from: 1, to: 10);
        Run(history, "b", from, to);

        Assert.Single(history.Contradictions());
    }

    [Theory]
    [InlineData(4, 6, null)]
    [InlineData(4, 6, "never")]
    [InlineData(0, 0, "a")]
    [InlineData(13, 14, "a")]
    public void Contradictions_ReadOfWhatCannotBe_IsSeen(int from, int to, string? pid)
    {
        var history = new ActivationHistory(() => _now);
        Run(history, "a", from: 2, to: 10);
        Read(history, from, to, pid);

        Assert.Single(history.Contradictions());
    }

    private void Run(ActivationHistory history, string pid, int from, int to)
    {
        _now = from - 1;
        var life = history.Begin("x", pid);
        (life.Stored, life.Ended, life.Removed) = (from, to, to + 1);
    }

    private void Read(ActivationHistory history, int from, int to, string? pid)
    {
        _now = to;
        history.Read("x", from, pid);
    }
}
