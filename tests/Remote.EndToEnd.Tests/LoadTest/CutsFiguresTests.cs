using Remote.LoadTest;
using Remote.Testing;

namespace Remote.EndToEnd.Tests;

/// <summary>What <c>cuts</c> counts, and where it cuts.</summary>
public sealed class CutsFiguresTests
{
    [Fact]
    public void PairCheck_AllInOrder_IsClean() => Assert.Equal(new PairVerdict(4, 0, 0, 0), Check(4, 1, 2, 3, 4));

    [Fact]
    public void PairCheck_OneMissing_IsLost() => Assert.Equal(new PairVerdict(3, 1, 0, 0), Check(4, 1, 2, 4));

    [Fact]
    public void PairCheck_OneTwice_IsDuplicatedAndNotReordered() => Assert.Equal(new PairVerdict(4, 0, 1, 0), Check(4, 1, 2, 1, 3, 4));

    [Fact]
    public void PairCheck_OneLate_IsReordered() => Assert.Equal(new PairVerdict(4, 0, 0, 1), Check(4, 1, 3, 2, 4));

    [Fact]
    public void PairCheck_NumberThatNobodySent_IsOneTooMany() => Assert.Equal(new PairVerdict(4, 0, 2, 0), Check(4, 1, 2, 3, 4, 5, 0));

    [Fact]
    public void Schedule_SameSeed_IsTheSameAndRisesAndStrikesBothWays()
    {
        var plan = new CutsPlan(500_000, 50, 64, 7);

        var cuts = CutSchedule.Of(plan);

        Assert.Equal(cuts, CutSchedule.Of(plan));
        Assert.NotEqual(cuts, CutSchedule.Of(plan with { Seed = 8 }));
        Assert.Equal(50, cuts.Count);
        Assert.All(cuts.Zip(cuts.Skip(1)), pair => Assert.True(pair.First.At < pair.Second.At + (CutsPlan.BytesPerMessage * 500_000 / 51), $"{pair}"));
        Assert.InRange(cuts[^1].At, 0, 500_000L * CutsPlan.BytesPerMessage);
        Assert.InRange(cuts.Count(cut => cut.Direction == NetworkDirection.ToClient), 5, 30);
        Assert.InRange(cuts.Count(cut => cut.Gentle), 3, 30);
    }

    [Fact]
    public void Faults_OfARow_NameWhatIsWrong()
    {
        var plan = new CutsPlan(100, 2, 1, 1);
        var good = new CutsRow(100, 100, 0, 0, 0, 2, 1);

        Assert.Empty(good.Faults(plan));
        CutsRow[] bad =
        [
            good with { Sent = 99 }, good with { Lost = 1 }, good with { Duplicated = 1 }, good with { Reordered = 1 }, good with { Cuts = 1 },
            good with { Problem = "a hang" },
        ];
        Assert.All(bad, row => Assert.Single(row.Faults(plan)));
    }

    [Fact]
    public async Task SendGate_FewCutsMade_HoldsBackWhatIsTooFarAhead()
    {
        var gate = new SendGate(new CutsPlan(1000, 9, 1, 1));
        await gate.WaitAsync(300, 1000, CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(30));

        var ahead = gate.WaitAsync(301, 1000, CancellationToken.None).AsTask();
        Assert.False(ahead.IsCompleted, "Three of ten parts may be sent before the first cut.");
        gate.CutMade();

        await ahead.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static PairVerdict Check(int expected, params ulong[] numbers)
    {
        var check = new PairCheck(expected);
        foreach (var number in numbers)
        {
            check.Take(number);
        }

        return check.Verdict;
    }
}
