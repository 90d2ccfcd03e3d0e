using Xunit.Abstractions;

namespace Remote.Tests;

/// <summary>
/// Random faults while messages flow: the statistics add up in every snapshot, and what they say is what the test has counted itself.
/// </summary>
[Trait("Behaviour", "E-08")]
public sealed class FaultScheduleTests(ITestOutputHelper output)
{
    /// <summary>Several at a time: a schedule waits for its own events most of the time, and they disturb each other, which is wanted.</summary>
    private const int AtATime = 4;

    private const int FailuresShown = 3;

    /// <summary>A failing schedule is repeated alone by <c>REMOTE_SEED</c> set to its seed: it is the first one then.</summary>
    [Fact]
    public async Task RandomSchedules_StatisticsAddUpAndAgreeWithWhatArrived()
    {
        var count = TestScale.IsLong ? 2000 : 100;
        output.WriteLine($"Seeds {TestSeed.Value} to {TestSeed.Value + (ulong)count - 1}.");
        var total = new FaultResult();
        List<string> failures = [];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count),
            new ParallelOptions { MaxDegreeOfParallelism = AtATime },
            async (number, _) => await RunAsync(TestSeed.Value + (ulong)number, total, failures));

        output.WriteLine($"{total}");
        Assert.True(
            failures.Count == 0,
            $"{failures.Count} of {count} schedules failed, from seed {TestSeed.Value} on:\n{string.Join("\n\n", failures.Take(FailuresShown))}");
        Assert.Equal(count, total.Armed);
        Assert.All(Enum.GetValues<FaultKind>(), kind => Assert.True(total.Strikes.GetValueOrDefault(kind) > 0, $"{kind} never struck."));
        Assert.True(total is { FoundSilent: > 0, Unconfirmed: > 0 }, $"These schedules prove little: {total}");
        Assert.All(
            new[] { "QueueFull", "DroppedOldest", "Shed", "NotSerializable", "TooLarge", "EndpointClosed", "NotConnected", "IncarnationEnded" },
            reason => Assert.True(total.Dead.GetValueOrDefault(reason) > 0, $"Nothing died by {reason}."));
    }

    private static async Task RunAsync(ulong seed, FaultResult total, List<string> failures)
    {
        try
        {
            var result = await FaultRun.RunAsync(FaultSchedule.Of(seed));
            lock (failures)
            {
                total.Add(result);
            }
        }
        catch (InvalidOperationException exception)
        {
            lock (failures)
            {
                failures.Add(exception.Message);
            }
        }
    }
}
