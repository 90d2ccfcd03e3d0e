using FsCheck;
using FsCheck.Fluent;

namespace Remote.Tests.Links.Model;

/// <summary>The rules of links against a model of lists: random interleavings, each followed by calm in which everything must settle.</summary>
[Trait("Behaviour", "R-05")]
[Trait("Behaviour", "Z-01")]
public class LinkModelTests
{
    [Fact]
    public void Link_OnlyCuts_LosesNothing() =>
        Prop.ForAll(LinkSteps.OnlyCuts, steps =>
        {
            using var world = Run(steps);
            Assert.Empty(world.DeadLetters);
        }).Check(SeededConfig.Times(TestScale.Count(20_000)));

    [Fact]
    public void Link_EverythingThatCanHappen_KeepsTheContract()
    {
        var corners = new Corners();
        Prop.ForAll(LinkSteps.Everything, steps => Run(steps, corners).Dispose()).Check(SeededConfig.Times(TestScale.Count(40_000)));
        foreach (var corner in Enum.GetValues<Corner>())
        {
            Assert.True(corners[corner] >= (TestScale.IsLong ? 3 : 1), $"{corner} happened {corners[corner]} times: the generator does not get there.");
        }
    }

    /// <summary>What is uncertain is what was sent when the end came, and nothing else.</summary>
    [Fact]
    public void Link_NoCatastrophe_NothingIsUnknown() =>
        Prop.ForAll(LinkSteps.Everything, steps =>
        {
            LinkAction[] catastrophes = [LinkAction.Close, LinkAction.RestartAcceptor, LinkAction.Wait];
            using var world = Run([.. steps.Where(step => !catastrophes.Contains(step.Action))]);
            Assert.DoesNotContain(ModelDialler.Unknown, world.DeadLetters.Values);
        }).Check(SeededConfig.Times(TestScale.Count(10_000)));

    private static LinkWorld Run(LinkStep[] steps, Corners? corners = null)
    {
        var world = new LinkWorld(corners ?? new Corners());
        foreach (var step in steps)
        {
            world.Do(step);
        }

        world.Settle();
        world.CheckContract();
        return world;
    }
}
