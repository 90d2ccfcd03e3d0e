namespace Remote.EndToEnd.Tests;

/// <summary>Peer processes that end in every way there is, watched by a thousand actors.</summary>
[Trait("Behaviour", "W-01")]
public sealed class WatchRoundTests
{
    private const int Rounds = 100;

    [Theory]
    [InlineData(PeerEnd.Killed)]
    [InlineData(PeerEnd.Left)]
    [InlineData(PeerEnd.Restarted)]
    public Task Peer_Ends_EachWatchIsToldOnceAndWhy(PeerEnd end) => WatchRounds.RunAsync(end, TestScale.Count(Rounds, few: 1));
}

/// <inheritdoc cref="WatchRoundTests"/>
[Trait("Behaviour", "W-01")]
public sealed class SilentPeerRoundTests
{
    // These mostly wait until a silent peer is given up, so several go on side by side.
    private const int Rounds = 100;

    [Fact]
    public Task Peer_FallsSilent_EachWatchIsToldOnceAndWhy()
    {
        var atOnce = TestScale.Count(5, few: 2);
        return Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => WatchRounds.RunAsync(PeerEnd.Silent, TestScale.Count(Rounds, few: atOnce) / atOnce)));
    }
}
