using FsCheck;
using FsCheck.Fluent;

namespace Remote.Tests.Links;

/// <summary>Both ends of what is said about slow targets, with a stream between: random interleavings, each followed by calm in which everything must settle.</summary>
[Trait("Behaviour", "B-04")]
[Trait("Behaviour", "B-05")]
public sealed class TargetModelTests
{
    [Fact]
    public void Targets_EverythingThatCanHappen_NeighboursGoOnAndNothingIsLost()
    {
        Dictionary<TargetCorner, int> corners = [];
        Prop.ForAll(TargetCase.Any, drawn =>
        {
            var world = new TargetWorld(drawn, corners);
            foreach (var step in drawn.Steps)
            {
                world.Do(step);
            }

            world.SettleNeighbours();
            world.SettleAll();
        }).Check(SeededConfig.Times(TestScale.Count(20_000)));
        foreach (var corner in Enum.GetValues<TargetCorner>())
        {
            Assert.True(corners.GetValueOrDefault(corner) >= 3, $"{corner} happened {corners.GetValueOrDefault(corner)} times: the generator does not get there.");
        }
    }
}
