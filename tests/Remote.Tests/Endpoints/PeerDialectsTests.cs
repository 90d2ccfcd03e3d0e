namespace Remote.Tests.Endpoints;

[Trait("Behaviour", "Z-03")]
public class PeerDialectsTests
{
    private const string Address = "peer:1";

    private readonly Dictionary<string, WireDialect> _configured = [];
    private readonly PeerDialects _dialects;

    public PeerDialectsTests() => _dialects = new PeerDialects(_configured);

    [Fact]
    public void Unseen_IsWrittenStrings() => Assert.False(_dialects.WritesPids(Address, "a"));

    [Fact]
    public void Seen_IsAnsweredInTheSame_WhileItLives()
    {
        _dialects.Saw("a", pidTargets: true);

        Assert.True(_dialects.WritesPids(Address, "a"));
        Assert.False(_dialects.WritesPids(Address, "its successor"));

        _dialects.Saw("a", pidTargets: false);

        Assert.False(_dialects.WritesPids(Address, "a"));
    }

    [Fact]
    public void Configured_CountsForMoreThanWhatWasSeen()
    {
        _configured.Add(Address, WireDialect.PidTargets);
        _dialects.Saw("a", pidTargets: false);

        Assert.True(_dialects.WritesPids(Address, "a"));
    }

    [Fact]
    public void ManySystemsThatWriteStrings_TakeNoRoom()
    {
        _dialects.Saw("early", pidTargets: true);

        for (var number = 0; number < 20_000; number++)
        {
            _dialects.Saw($"{number}", pidTargets: false);
        }

        _dialects.Saw("late", pidTargets: true);

        Assert.True(_dialects.WritesPids(Address, "early"));
        Assert.True(_dialects.WritesPids(Address, "late"));
    }

    /// <summary>Ids cost a hostile peer nothing: those that come after it are known all the same.</summary>
    [Fact]
    public void MoreSystemsThanAreRemembered_BeginAnew()
    {
        for (var number = 0; number < 10_000; number++)
        {
            _dialects.Saw($"{number}", pidTargets: true);
        }

        _dialects.Saw("9999", pidTargets: true);
        Assert.True(_dialects.WritesPids(Address, "0"));

        _dialects.Saw("one more", pidTargets: true);

        Assert.True(_dialects.WritesPids(Address, "one more"));
        Assert.False(_dialects.WritesPids(Address, "0"));
    }
}
