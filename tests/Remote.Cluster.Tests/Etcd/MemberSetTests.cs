using FsCheck;
using FsCheck.Fluent;
using Remote.Cluster.Etcd;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>The members as entries come and go, in whatever order. Steps are drawn over a few keys and ids, so that they meet.</summary>
[Trait("Behaviour", "K-06")]
public sealed class MemberSetTests
{
    private static readonly string[] Keys = ["own", "k1", "k2", "k3"];
    private static readonly MemberRecord Self = Record("self", 0);

    private static readonly Gen<Step> Steps =
        from what in Gen.Frequency((5, Gen.Constant(Kind.Put)), (3, Gen.Constant(Kind.Delete)), (1, Gen.Constant(Kind.Drop)))
        from key in Gen.Choose(0, Keys.Length - 1)
        from id in Gen.Choose(0, 4)
        from forgive in Gen.Elements(true, false)
        select new Step(what, key, id, forgive);

    [Fact]
    public void AnySteps_KeepThisNodeAndHaveEachIdAndAddressOnce() => Run(Steps, steps =>
    {
        var set = New();
        foreach (var step in steps)
        {
            Apply(set, step, forgive: step.Forgive);
            Assert.Contains(Self, set.Members);
            Assert.Distinct(set.Members.Select(member => member.Id));
            Assert.Distinct(set.Members.Select(member => member.Address));
        }
    });

    [Fact]
    public void AnySteps_ChangedIsSaidExactlyWhenMembersAreOthers() => Run(Steps, steps =>
    {
        var set = New();
        foreach (var step in steps)
        {
            var before = set.Members;
            var changed = Apply(set, step, step.Forgive);
            Assert.Equal(!before.SequenceEqual(set.Members), changed);
        }
    });

    [Fact]
    public void Forgiven_NobodyGoesWhoseEntryOnlyRanOut() => Run(Steps, steps =>
    {
        var set = New();
        foreach (var step in steps.Where(step => step.What is Kind.Put or Kind.Delete))
        {
            var before = set.Members;
            Apply(set, step, forgive: true);

            // Only who said that he leaves, or whose address has another now.
            var gone = before.Except(set.Members).ToArray();
            Assert.All(gone, member => Assert.True(step.What == Kind.Put && member.Address == Record("", step.Key).Address));
        }
    });

    [Fact]
    public void Watched_OrListed_ComesToTheSame() => Run(Steps, steps =>
    {
        var watched = New();
        var store = new Dictionary<string, MemberRecord?>(StringComparer.Ordinal);
        foreach (var step in steps.Where(step => step.What is Kind.Put or Kind.Delete))
        {
            // An id has one address, as it is when each process has its own.
            var own = step with { Id = step.Id == 0 ? 0 : step.Key + 1 };
            Apply(watched, own, forgive: false);
            if (own.What == Kind.Put)
            {
                store[Keys[own.Key]] = own.Record;
            }
            else
            {
                store.Remove(Keys[own.Key]);
            }
        }

        var listed = New();
        listed.List(store, forgive: false);

        // What cannot be read is passed over by either, but a watch may have read what was there before.
        var unreadable = store.Where(entry => entry.Value is null).Select(entry => Record("", Array.IndexOf(Keys, entry.Key)).Address).ToArray();
        Assert.Equal(listed.Members, watched.Members.Where(member => member == Self || !unreadable.Contains(member.Address)));
    });

    [Fact]
    public void List_AfterAnySteps_HasWhatIsListedAndThisNode() => Run(Steps, steps =>
    {
        var set = New();
        foreach (var step in steps)
        {
            Apply(set, step, step.Forgive);
        }

        var entries = new Dictionary<string, MemberRecord?> { ["k1"] = Record("new1", 1), ["k3"] = Record("new3", 3) };
        set.List(entries, forgive: false);

        Assert.Equal([Self, entries["k1"]!, entries["k3"]!], set.Members);
        Assert.Equal(OwnPlace.Empty, set.Own);
    });

    [Fact]
    public void Missing_WhoComesBack_IsNotDropped()
    {
        var set = New();
        set.Put("k1", Record("a", 1));
        set.Put("k2", Record("b", 2));
        set.Delete("k1", forgive: true);
        set.Delete("k2", forgive: true);
        Assert.Equal(2, set.Missing);

        Assert.False(set.Put("k1", Record("a", 1)));

        Assert.Equal(["b"], set.DropMissing().Select(member => member.Id));
        Assert.Equal([Self, Record("a", 1)], set.Members);
    }

    [Fact]
    public void Member_ThatSaysSomethingElseOfItself_StaysWhatItWas()
    {
        var set = New();
        set.Put("k1", Record("a", 1));

        Assert.False(set.Put("k1", Record("a", 1) with { Kinds = ["other"] }));

        Assert.Equal(["kind"], set.Members[1].Kinds);
    }

    [Fact]
    public void OwnKey_SaysWhoHasThePlace()
    {
        var set = New();
        Assert.Equal(OwnPlace.Held, set.Own);

        set.Put("own", Record("other", 0));
        Assert.Equal(OwnPlace.Taken, set.Own);
        set.Delete("own", forgive: true);
        Assert.Equal(OwnPlace.Empty, set.Own);
        set.Put("own", Self);
        Assert.Equal(OwnPlace.Held, set.Own);
        set.Put("own", null);
        Assert.Equal(OwnPlace.Held, set.Own);
        Assert.Equal([Self], set.Members);
    }

    [Fact]
    public void Client_HasNoPlaceAndIsNoMember()
    {
        var set = new MemberSet(self: null, ownKey: null);

        set.List(new Dictionary<string, MemberRecord?> { ["k1"] = Record("a", 1) }, forgive: false);

        Assert.Equal([Record("a", 1)], set.Members);
        Assert.Equal(OwnPlace.Held, set.Own);
    }

    private static void Run(Gen<Step> step, Action<Step[]> property) =>
        Prop.ForAll(step.ArrayOf().ToArbitrary(), property).Check(SeededConfig.Times(TestScale.Count(10_000)));

    private static MemberSet New() => new(Self, "own");

    private static MemberRecord Record(string id, int key) => new(id, "host", 1 + key, KindsOfAll);

    // One list for all: records are compared by what they hold, lists by which they are.
    private static readonly string[] KindsOfAll = ["kind"];

    private static bool Apply(MemberSet set, Step step, bool forgive) => step.What switch
    {
        Kind.Put => set.Put(Keys[step.Key], step.Record),
        Kind.Delete => set.Delete(Keys[step.Key], forgive),
        _ => set.DropMissing().Count > 0,
    };

    private enum Kind
    {
        Put,
        Delete,
        Drop,
    }

    /// <summary>An id of 0 is an entry that cannot be read, 4 one that says it leaves.</summary>
    private sealed record Step(Kind What, int Key, int Id, bool Forgive)
    {
        public MemberRecord? Record => Id switch
        {
            0 => null,
            4 => MemberSetTests.Record($"id{Key}", Key) with { Leaving = true },
            _ => MemberSetTests.Record($"id{Id}", Key),
        };
    }
}
