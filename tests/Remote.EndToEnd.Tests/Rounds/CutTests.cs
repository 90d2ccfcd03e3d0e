namespace Remote.EndToEnd.Tests;

/// <summary>Connections to a peer process that lives on are cut, in one direction or both, for a moment or for longer.</summary>
[Trait("Behaviour", "W-02")]
public sealed class CutTests
{
    private const int Rounds = 100;

    [Fact]
    public Task Connections_AreCutWhileThePeerLives_NoWatchEndsAndNoneIsLost() => CutRounds.RunAsync(TestScale.Count(Rounds));
}
