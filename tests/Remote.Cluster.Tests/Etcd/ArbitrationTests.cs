using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Remote.Cluster.Etcd;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>Members that block each other, by way of an etcd that is well: what is told of it, and who leaves.</summary>
[Trait("Behaviour", "K-06")]
[Trait("Needs", "Servers")]
public sealed class ArbitrationTests(SharedEtcd etcd) : IClassFixture<SharedEtcd>
{
    private static readonly Action<EtcdClusterOptions> LongLease = options => options.LeaseTimeToLive = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task Blocks_OfThoseThatAreRegistered_AreToldAndTakenBack()
    {
        await using var a = await StartAsync("a", NeverSettles);
        await using var b = await StartAsync("b", NeverSettles);
        await a.SeesAsync("ab");

        a.Block("bz");
        await TellsAsync(a, "b");
        Assert.Null((await RecordAsync(b))!.Blocks);

        a.Block("z");
        await TellsAsync(a, "");
        Assert.Equal("ab", b.Members);
    }

    [Fact]
    public async Task Blocks_OfOneThatRegistersLater_AreToldThen_AndGoWithItsEntry()
    {
        await using var a = await StartAsync("a", NeverSettles);
        a.Block("b");
        await using (var b = await StartAsync("b", NeverSettles))
        {
            await TellsAsync(a, "b");
            await b.StopAsync();
        }

        await TellsAsync(a, "");
        Assert.Null((await RecordAsync(a))!.Blocks);
    }

    /// <summary>As when a member was stopped for longer than its lease: it comes under the same id, which the others block by then.</summary>
    [Fact]
    public async Task OneThatRegistersAgain_IsToldOfAgain_AndCountsAsTheYoungest()
    {
        await using var a = await StartAsync("a");
        await using var b = await StartAsync("b", LongLease);
        await a.SeesAsync("ab");
        b.Block("a");
        await TellsAsync(b, "a");

        await etcd.Access.RevokeAsync(a.Lease);
        await a.Log.NextAsync("EtcdLeaseLost");
        a.Block("b");

        await a.Handed.NextAsync<TestMember.Leaving>();
        await a.StopAsync();
        await TellsAsync(b, "");
        Assert.Empty(b.Handed.Of<TestMember.Leaving>());
    }

    [Fact]
    public async Task OneWhoseEntryIsWrittenAnew_TellsAnew()
    {
        await using var a = await StartAsync("a", NeverSettles);
        await using var b = await StartAsync("b", NeverSettles);
        await a.SeesAsync("ab");
        a.Block("b");
        await TellsAsync(a, "b");

        await etcd.Access.RevokeAsync(a.Lease);

        await a.Log.NextAsync("EtcdLeaseLost");
        await TellsAsync(a, "b");
        Assert.Equal(a.Lease, Assert.Single(await etcd.Access.ListAsync(Cluster()), entry => entry.Key.EndsWith($":{TestMember.PortOf("a")}", StringComparison.Ordinal)).Lease);
    }

    [Fact]
    public async Task TwoThatBlockEachOther_TheYoungerLeavesAndSaysWhy()
    {
        await using var a = await StartAsync("a", LongLease);
        await using var b = await StartAsync("b", LongLease);
        await a.SeesAsync("ab");

        a.Block("b");
        b.Block("a");

        Assert.Contains("1 of 2", (await b.Handed.NextAsync<TestMember.Leaving>()).Why, StringComparison.Ordinal);
        var said = await b.Log.NextAsync("EtcdOutvoted");
        Assert.Equal(LogLevel.Warning, said.Level);
        Assert.Contains("b leaves", said.Text, StringComparison.Ordinal);
        Assert.Contains("1 of 2 registered members block it (a); it blocks 1 (a). Start a new process", said.Text, StringComparison.Ordinal);

        // As the cluster does it, whose shutdown stops the provider. Its entry does not stay until the lease runs out.
        await b.StopAsync();
        await a.SeesAsync("a");
        await TellsAsync(a, "");
        Assert.Empty(a.Handed.Of<TestMember.Leaving>());
    }

    [Fact]
    public async Task OneThatIsCutOffFromTwo_LeavesAlthoughItIsTheOldest()
    {
        await using var a = await StartAsync("a", LongLease);
        await using var b = await StartAsync("b", LongLease);
        await using var c = await StartAsync("c", LongLease);
        await a.SeesAsync("abc");

        a.Block("bc");
        b.Block("a");
        c.Block("a");

        Assert.Contains("2 of 3", (await a.Handed.NextAsync<TestMember.Leaving>()).Why, StringComparison.Ordinal);
        await a.StopAsync();
        await Task.WhenAll(TellsAsync(b, ""), TellsAsync(c, ""));
        Assert.Empty(b.Handed.Of<TestMember.Leaving>());
        Assert.Empty(c.Handed.Of<TestMember.Leaving>());
    }

    /// <summary>The entry of a dead one may say for a while whom it blocked, and be the oldest.</summary>
    [Fact]
    public async Task OneThatBlocksAllOthers_TakesNobodyWithIt()
    {
        var oldest = new MemberRecord("x", "h", 1, []);
        await etcd.Access.PutAsync(Cluster(), oldest);
        await using var a = await StartAsync("a");
        await using var b = await StartAsync("b");
        await using var c = await StartAsync("c");
        await Task.WhenAll(a.SeesAsync("abcx"), b.SeesAsync("abcx"), c.SeesAsync("abcx"));
        await etcd.Access.PutAsync(Cluster(), oldest with { Blocks = ["a", "b", "c"] });
        a.Block("x");

        await TellsAsync(a, "x");
        await Task.Delay(a.Options.BlockSettlingTime * 4);

        Assert.All([a, b, c], member => Assert.Empty(member.Handed.Of<TestMember.Leaving>()));
    }

    [Fact]
    public async Task OneThatWasKilled_IsBlockedByTheYounger_WhichStays()
    {
        await using var a = await StartAsync("a");
        await using var b = await StartAsync("b");
        await b.SeesAsync("ab");
        await a.StopAsync(graceful: false);

        b.Block("a");

        await TellsAsync(b, "a");
        await b.SeesAsync("b");
        await TellsAsync(b, "");
        Assert.Empty(b.Handed.Of<TestMember.Leaving>());
    }

    [Fact]
    public async Task OneThatIsOnItsWayOut_TellsNothingAndIsNotJudged()
    {
        await using var a = await StartAsync("a", LongLease);
        await using var b = await StartAsync("b", LongLease);
        await a.SeesAsync("ab");
        b.Block(null);

        a.Block("b");
        await TellsAsync(a, "b");
        await Task.Delay(b.Options.BlockSettlingTime * 3);
        Assert.Empty(b.Handed.Of<TestMember.Leaving>());

        b.Block("");
        await b.Handed.NextAsync<TestMember.Leaving>();
    }

    private static void NeverSettles(EtcdClusterOptions options)
    {
        options.BlockSettlingTime = TimeSpan.FromMinutes(10);
    }

    private static string Cluster([CallerMemberName] string test = "") => test;

    private async Task<TestMember> StartAsync(string id, Action<EtcdClusterOptions>? change = null, [CallerMemberName] string test = "")
    {
        var member = Member(id, change, test: test);
        await member.StartAsync();
        return member;
    }

    private TestMember Member(string id, Action<EtcdClusterOptions>? change = null, int? port = null, [CallerMemberName] string test = "") =>
        new(test, id, etcd.Endpoints, change, port: port);

    private async Task<MemberRecord?> RecordAsync(TestMember member, [CallerMemberName] string test = "")
    {
        var keys = EtcdAccess.KeysOf(test);
        var entry = (await etcd.Access.ListAsync(test)).FirstOrDefault(entry => entry.Key == keys.Of(member.Self!));
        return entry.Key is not null && MemberRecordFormat.TryRead(entry.Key, Google.Protobuf.ByteString.CopyFromUtf8(entry.Value), keys, out var record, out _) ? record : null;
    }

    /// <summary>Waits until these are the ones that its entry says it blocks.</summary>
    private async Task TellsAsync(TestMember member, string ids, [CallerMemberName] string test = "")
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (string.Concat((await RecordAsync(member, test))?.Blocks ?? []) != ids || await RecordAsync(member, test) is null)
        {
            Assert.False(late.IsCancellationRequested, $"{member.Self!.Id} does not tell that it blocks '{ids}': {string.Join("; ", await etcd.Access.ListAsync(test))}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None);
        }
    }
}
