namespace Remote.Tests;

public sealed class BlockTableTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly BlockTable _table = new(maxAdvised: 2);

    [Fact]
    public void Find_IdOrAddress_FindsTheirEntryAndNoOther()
    {
        _table.Put(System("a"));
        _table.Put(new BlockEntry { Address = "h:1" });

        Assert.Equal("a", _table.Find("a", "x:1")?.Entry.SystemId);
        Assert.Equal("h:1", _table.Find("b", "h:1")?.Entry.Address);
        Assert.Equal("a", _table.Find("a", "h:1")?.Entry.SystemId);
        Assert.Null(_table.Find("b", "x:1"));
        Assert.Null(_table.Find(null, "a"));
        Assert.Null(_table.FindSystem("h:1"));
    }

    [Fact]
    public void Put_Again_ReplacesAndKeepsWhatWasCounted()
    {
        Assert.True(_table.Put(System("a") with { Since = Start, Reason = "one" }));
        _table.FindSystem("a")!.Refused();

        Assert.False(_table.Put(System("a") with { Since = Start.AddHours(1), Reason = "two" }));

        var entry = Assert.Single(_table.Entries);
        Assert.Equal(("two", Start, 1), (entry.Reason, entry.Since, entry.Refusals));
    }

    [Fact]
    public void Put_Advice_ChangesNothingThatIsThereAndIsBounded()
    {
        _table.Put(System("a") with { Reason = "ours" });

        AssertIgnored(Advice("a"));
        Assert.True(_table.Put(Advice("b")));
        AssertIgnored(Advice("b"));
        Assert.True(_table.Put(Advice("c")));
        AssertIgnored(Advice("d"));
        Assert.Equal("ours", _table.FindSystem("a")!.Entry.Reason);

        // Made ours, or taken out, it leaves its place to another.
        Assert.False(_table.Put(System("b")));
        Assert.Null(_table.FindSystem("b")!.Entry.AdvisedBy);
        Assert.True(_table.Put(Advice("d")));
        _table.Remove("c", null);
        Assert.True(_table.Put(Advice("e")));
        AssertIgnored(Advice("f"));
    }

    [Fact]
    public void Shared_NamesThoseThatAre_InAFixedOrder()
    {
        _table.Put(System("b") with { Share = true });
        _table.Put(System("x"));
        _table.Put(System("a") with { Share = true });
        Assert.Equal(["a", "b"], _table.Shared);

        _table.Put(System("a"));
        Assert.Equal(["b"], _table.Shared);
        _table.Remove("b", null);
        Assert.Empty(_table.Shared);
    }

    [Fact]
    public void Expire_TakesOutThoseWhoseTimeIsUp()
    {
        _table.Put(System("a") with { Until = Start.AddSeconds(1) });
        _table.Put(new BlockEntry { Address = "h:1", Until = Start.AddSeconds(2) });
        _table.Put(System("b"));
        Assert.Equal(Start.AddSeconds(1), _table.NextExpiry());

        Assert.Equal("a", Assert.Single(_table.Expire(Start.AddSeconds(1))).SystemId);
        Assert.Equal(Start.AddSeconds(2), _table.NextExpiry());
        Assert.Empty(_table.Expire(Start.AddSeconds(1)));
        Assert.Equal("h:1", Assert.Single(_table.Expire(Start.AddSeconds(9))).Address);
        Assert.Null(_table.NextExpiry());
        Assert.NotNull(_table.FindSystem("b"));
    }

    [Fact]
    public void Version_ChangesWithEveryChangeAndWithNothingElse()
    {
        var before = _table.Version;
        _table.Put(System("a"));
        var added = _table.Version;
        _table.Put(Advice("a"));
        _table.Remove("b", null);
        _table.Expire(Start);
        Assert.NotEqual(before, added);
        Assert.Equal(added, _table.Version);

        _table.Remove("a", null);
        Assert.NotEqual(added, _table.Version);
    }

    private void AssertIgnored(BlockEntry entry)
    {
        var (version, entries) = (_table.Version, _table.Entries);
        Assert.False(_table.Put(entry));
        Assert.Equal(version, _table.Version);
        Assert.Equal(entries, _table.Entries);
    }

    private static BlockEntry System(string systemId) => new() { SystemId = systemId };

    private static BlockEntry Advice(string systemId) => new() { SystemId = systemId, AdvisedBy = "peer" };
}
