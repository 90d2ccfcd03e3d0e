using Google.Protobuf.WellKnownTypes;
using Wire = Remote.Protocol;

namespace Remote.Cli.Tests.Commands;

/// <summary>
/// What <c>remote cluster</c> says of nodes that have none to show, and how it shows one. That it sees a cluster of three processes, the tests of clusters say.
/// </summary>
[Trait("Behaviour", "O-04")]
public sealed class ClusterCommandTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    private static readonly Surroundings Narrow = new(IsTerminal: true, HasKeys: false, HasColor: false, Width: 80);

    [Fact]
    public async Task Cluster_NodeWithoutOne_SaysSoAndWhomToAsk()
    {
        await using var node = await LiveNode.StartAsync();

        var result = (await ToolRun.RunAsync("cluster", node.Address, "--json")).Expect(ExitCode.Unsupported);

        Assert.Contains("in no cluster", result.Errors, StringComparison.Ordinal);
        Assert.Contains("WithCluster", result.Json.GetProperty("error").GetProperty("advice").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cluster_OlderNode_IsToldFromOneWithoutTheService()
    {
        await using var older = await OlderNode.StartAsync();
        await using var foreign = await ForeignServer.StartAsync(endsHandshake: true);

        var old = (await ToolRun.RunAsync("cluster", older.Address)).Expect(ExitCode.Unsupported);
        var none = (await ToolRun.RunAsync("cluster", foreign.Address)).Expect(ExitCode.Unsupported);

        Assert.Contains($"a Remote node of version {OlderNode.Version}", old.Errors, StringComparison.Ordinal);
        Assert.Contains("no administration service", none.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cluster_AdministrationOff_IsRefused()
    {
        await using var node = await LiveNode.StartAsync(options => options.Administration.Enabled = false);

        var result = (await ToolRun.RunAsync("cluster", node.Address)).Expect(ExitCode.Refused);

        Assert.Contains("Administration.Enabled", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_In80Columns_Fit()
    {
        var (text, notes) = Show(Answer(), kind: "");

        Assert.All(text.Split('\n'), line => Assert.True(line.TrimEnd('\r').Length <= 80, line));
        Assert.DoesNotContain('\u001b', text);
        Assert.Contains("orders  members 2", text, StringComparison.Ordinal);
        Assert.Matches("(?m)^10.0.0.7:5070 +Self +2 h 0 min +customer, topic", text);
        Assert.Matches("(?m)^10.0.0.8:5070 +Connected +5 s +none", text);
        Assert.Matches("(?m)^10.0.0.9:5070 +yes +1 min 0 s +s9", text);
        Assert.Matches(@"(?m)^ada +10.0.0.7:5070 +\$p/\$1", text);
        Assert.Matches("(?m)^bob +no member +-", text);
        Assert.Matches("(?m)^eve +not known +-", text);
        Assert.Contains("10.0.0.8:5070 is no Remote node; what runs there is not known.", notes, StringComparison.Ordinal);
        Assert.DoesNotContain("times", notes, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_WhatIsWrong_IsSaid()
    {
        var answer = Answer();
        answer.IsMember = false;
        answer.Members[1].Blocked = true;
        answer.Identities[0].Activations.Add(new Wire.ActivationInfo { Address = "10.0.0.8:5070", Id = "$p/$2" });

        var (text, notes) = Show(answer, kind: "");

        Assert.Contains("NOT A MEMBER", text, StringComparison.Ordinal);
        Assert.Matches("(?m)^10.0.0.8:5070 +Blocked", text);
        Assert.Contains("ada runs 2 times", notes, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_KindThatNobodyHas_IsSaid()
    {
        var (text, notes) = Show(Answer(), kind: "custmer", members: []);

        Assert.DoesNotContain("MEMBER ", text, StringComparison.Ordinal);
        Assert.Contains("No member can run the kind custmer", notes, StringComparison.Ordinal);
    }

    private static (string Text, string Notes) Show(Wire.GetClusterResponse answer, string kind, IReadOnlyCollection<Wire.ClusterMemberInfo>? members = null)
    {
        using var text = new StringWriter();
        using var notes = new StringWriter();
        using var output = new ToolOutput(text, notes, Narrow);
        ClusterTables.Write(output, answer, members ?? answer.Members, kind, Now);
        return (text.ToString(), notes.ToString().ReplaceLineEndings(" "));
    }

    private static Wire.GetClusterResponse Answer() => new()
    {
        Name = "orders",
        Provider = "SeedNodeClusterProvider",
        Lookup = "PartitionActivatorLookup",
        Address = "10.0.0.7:5070",
        SystemId = "s7",
        IsMember = true,
        Members =
        {
            new Wire.ClusterMemberInfo { Address = "10.0.0.7:5070", SystemId = "s7", Self = true, Since = Ago(7_200), Kinds = { "customer", "topic" } },
            new Wire.ClusterMemberInfo { Address = "10.0.0.8:5070", SystemId = "s8", Since = Ago(5), Connection = Wire.ConnectionState.Connected },
        },
        Former = { new Wire.ClusterMemberInfo { Address = "10.0.0.9:5070", SystemId = "s9", Blocked = true, Since = Ago(100), Until = Ago(60) } },
        Identities =
        {
            new Wire.IdentityInfo { Kind = "customer", Identity = "ada", Activations = { new Wire.ActivationInfo { Address = "10.0.0.7:5070", Id = "$p/$1" } } },
            new Wire.IdentityInfo { Kind = "customer", Identity = "bob" },
            new Wire.IdentityInfo
            {
                Kind = "customer",
                Identity = "eve",
                Unanswered = { new Wire.UnansweredMember { Address = "10.0.0.8:5070", Reason = "is no Remote node" } },
            },
        },
    };

    private static Timestamp Ago(int seconds) => (Now - TimeSpan.FromSeconds(seconds)).ToTimestamp();
}
