using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Remote.ClusterNode;

namespace Remote.Cluster.Tests;

/// <summary><c>remote cluster</c> against members in processes of their own: each tells the same of all, and asking starts nothing.</summary>
[Trait("Behaviour", "O-04")]
public sealed class ClusterToolTests
{
    private const int Active = 12;

    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    /// <summary>The other lookups are for the long run, which needs a redis-server: that activations of a lookup without a storage bear the same mark, the tests of the report say.</summary>
    public static TheoryData<string> Lookups => TestScale.IsLong
        ? [MemberPlan.PartitionActivator, MemberPlan.PartitionIdentity, MemberPlan.Redis]
        : [MemberPlan.PartitionActivator];

    [Theory]
    [MemberData(nameof(Lookups))]
    public async Task Cluster_OfThree_TellsWhoRunsWhat_AndStartsNothing(string lookup)
    {
        await using var servers = await CellServers.StartAsync(MemberPlan.SeedNodes, lookup);
        await using var cluster = await TestCluster.StartAsync(servers.Apply(new MemberPlan { Lookup = lookup, Timings = ClusterTimings.Quick }));
        var asked = await cluster.First.TellAsync($"ask from=0 count={Active} timeout=5000 ceiling=50000");
        Assert.Equal(0, asked.GetProperty("silent").GetInt32());
        string[] identities = [.. Enumerable.Range(0, Active + 1).Select(Questions.Identity)];

        var told = await Task.WhenAll(cluster.Members.Select(member => RunAsync(5, member.Address, ["--kind", CounterActor.Kind, .. identities])));

        // Members say in which order things happened: behind this, the ledger has what was said before.
        await cluster.SettledAsync();

        // What the actors themselves have said when they began; the last identity was never asked for, and still is not there.
        Assert.Equal(Active, cluster.Ledger.Running().Values.Sum());
        foreach (var (answer, member) in told.Zip(cluster.Members))
        {
            Assert.Equal(member.Address, answer.GetProperty("nodeAddress").GetString());
            Assert.Equal(
                cluster.Members.Select(one => $"{one.Address} {one.Id} {one == member}").Order(StringComparer.Ordinal),
                answer.GetProperty("members").EnumerateArray().Select(one => $"{one.GetProperty("address")} {one.GetProperty("systemId")} {one.GetProperty("self")}"));
            Assert.All(
                cluster.Members,
                one => Assert.Equal(cluster.Ledger.Running().GetValueOrDefault(one), Activations(answer).Count(activation => activation.StartsWith($"{one.Address} ", StringComparison.Ordinal))));
            Assert.Equal(Activations(told[0]), Activations(answer));
            Assert.Empty(answer.GetProperty("identities").EnumerateArray().Last().GetProperty("activations").EnumerateArray());
        }

        // Members that leave are told of by those that stay.
        var (gone, id) = (cluster.Third.Address, cluster.Third.Id);
        await cluster.Third.LeaveAsync();
        await cluster.ForgetAsync(TestCluster.Founders - 1);
        await cluster.SettledAsync();
        var rest = await RunAsync(0, cluster.First.Address);
        Assert.Equal(2, rest.GetProperty("members").GetArrayLength());
        var former = Assert.Single(rest.GetProperty("former").EnumerateArray());
        Assert.Equal((gone, id), (former.GetProperty("address").GetString(), former.GetProperty("systemId").GetString()));
    }

    private static string[] Activations(JsonElement answer) =>
    [
        .. answer.GetProperty("identities").EnumerateArray()
            .SelectMany(identity => identity.GetProperty("activations").EnumerateArray().Select(one => $"{one.GetProperty("address")} {identity.GetProperty("identity")} {one.GetProperty("id")}"))
            .Order(StringComparer.Ordinal),
    ];

    private static async Task<JsonElement> RunAsync(int exitCode, string address, params string[] more)
    {
        string[] arguments = [Path.Combine(AppContext.BaseDirectory, "Remote.Cli.dll"), "cluster", address, .. more, "--json", "--timeout", "60"];
        using var tool = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var late = new CancellationTokenSource(Ceiling);
        using var ended = late.Token.Register(tool.Kill);
        var said = await Task.WhenAll(tool.StandardOutput.ReadToEndAsync(CancellationToken.None), tool.StandardError.ReadToEndAsync(CancellationToken.None));
        var (output, errors) = (said[0], said[1]);
        await tool.WaitForExitAsync(CancellationToken.None);
        Assert.True(tool.ExitCode == exitCode, string.Create(CultureInfo.InvariantCulture, $"remote cluster {address} ended with {tool.ExitCode}. {output} {errors}"));
        return JsonElement.Parse(output);
    }
}
