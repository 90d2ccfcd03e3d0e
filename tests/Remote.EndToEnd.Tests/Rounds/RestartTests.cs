using Xunit.Abstractions;

namespace Remote.EndToEnd.Tests;

/// <summary>A peer process that is killed under load and replaced on the same address, again and again.</summary>
[Trait("Behaviour", "R-04")]
public sealed class RestartTests(ITestOutputHelper output)
{
    private const int Restarts = 100;

    /// <param name="isGivenUp">Whether the successor starts after the former life was given up, or while it is being looked for.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Peer_IsKilledUnderLoadAndReplaced_NothingReachesAnotherLifeAndAllIsAccountedFor(bool isGivenUp) =>
        output.WriteLine(await RestartRounds.RunAsync(TestScale.Count(Restarts, few: 2), isGivenUp));
}
