using System.Globalization;
using System.Text.Json;
using Remote.ClusterNode;

namespace Remote.Cluster.Tests;

/// <summary>Pub-sub of Proto.Cluster over Remote, with subscribers on three members.</summary>
[Trait("Behaviour", "K-05")]
public sealed class PubSubTests
{
    private const long MostBytes = 96L * 1024 * 1024;
    private const int PayloadBytes = 100;

    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(TestScale.IsLong ? 600 : 60);
    private static readonly int Messages = TestScale.IsLong ? 100_000 : 2_000;
    private static readonly int Subscribers = TestScale.IsLong ? 100 : 20;
    private static readonly int Batch = TestScale.IsLong ? 500 : 50;

    private static MemberPlan Plan => new() { Timings = ClusterTimings.Quick };

    [Fact]
    public async Task WhatIsPublished_ArrivesAtEverySubscriberOnce_AndASlowOneCostsLittle()
    {
        await using var cluster = await TestCluster.StartAsync(Plan);
        await SubscribeAsync(cluster, "news");
        await cluster.Second.TellAsync("subscribe topic=news count=1 pace=20");
        var before = await HeapsAsync(cluster);

        var published = await PublishAsync(cluster.First, "news", 1, Messages);

        Assert.Empty(published.GetProperty("failures").EnumerateObject());
        var delivered = Ranges(published);
        await UntilArrivedAsync(cluster.Members, delivered);
        var reports = await ReceivedAsync(cluster.Members, delivered);
        Assert.Equal(Subscribers, reports.Count(report => !report.GetProperty("slow").GetBoolean()));
        Assert.All(
            reports.Where(report => !report.GetProperty("slow").GetBoolean()),
            report => Assert.Equal((Messages, 0), (report.GetProperty("received").GetInt32(), report.GetProperty("again").GetInt32())));
        Assert.All((await HeapsAsync(cluster)).Zip(before), heap => Assert.InRange(heap.First - heap.Second, long.MinValue, MostBytes));
    }

    /// <summary>Those on the members that live have everything that the publisher was told was delivered.</summary>
    [Fact]
    public async Task MemberIsKilled_WhatThePublisherWasToldWasDelivered_Was()
    {
        await using var cluster = await TestCluster.StartAsync(Plan);
        var topic = await TopicOnFirstAsync(cluster);
        await SubscribeAsync(cluster, topic);
        await PublishAsync(cluster.First, topic, 1, Messages / 10);

        var publishing = await cluster.First.BeginAsync(Publish(topic, (Messages / 10) + 1, Messages));
        await UntilAsync(cluster.Third, reports => reports.All(report => report.GetProperty("received").GetInt32() > Messages / 10), []);
        await cluster.Third.KillAsync();
        var published = await publishing.WaitAsync(Ceiling);

        var delivered = Ranges(published);
        Assert.NotEmpty(delivered);
        await UntilArrivedAsync([cluster.First, cluster.Second], delivered);
    }

    private static async Task SubscribeAsync(TestCluster cluster, string topic)
    {
        var counts = Enumerable.Range(0, TestCluster.Founders).Select(place => (Subscribers + place) / TestCluster.Founders).ToArray();
        Assert.Equal(Subscribers, counts.Sum());
        await Task.WhenAll(cluster.Members.Zip(counts, (member, count) => member.TellAsync($"subscribe topic={topic} count={count}", Ceiling)));
    }

    /// <summary>A topic whose actor lives where the publisher does: it has its subscribers in memory, and the member that is killed must not be its own.</summary>
    private static async Task<string> TopicOnFirstAsync(TestCluster cluster)
    {
        for (var number = 0; ; number++)
        {
            var topic = string.Create(CultureInfo.InvariantCulture, $"news{number}");
            if ((await cluster.First.TellAsync($"topic topic={topic}")).GetString() == cluster.First.Address)
            {
                return topic;
            }
        }
    }

    private static Task<JsonElement> PublishAsync(MemberNode member, string topic, int from, int count) => member.TellAsync(Publish(topic, from, count), Ceiling);

    private static string Publish(string topic, int from, int count) =>
        string.Create(CultureInfo.InvariantCulture, $"publish topic={topic} from={from} count={count} batch={Batch} payload={PayloadBytes}");

    private static string[] Ranges(JsonElement published) =>
        [.. published.GetProperty("delivered").EnumerateArray().Select(range => $"{range[0]}-{range[1]}")];

    private static async Task<long[]> HeapsAsync(TestCluster cluster) =>
        [.. (await Task.WhenAll(cluster.Members.Select(member => member.TellAsync("heap")))).Select(heap => heap.GetInt64())];

    private static async Task UntilArrivedAsync(IEnumerable<MemberNode> members, string[] ranges)
    {
        foreach (var member in members)
        {
            await UntilAsync(member, reports => reports.All(report => report.GetProperty("slow").GetBoolean() || report.GetProperty("missing").GetInt64() == 0), ranges);
        }
    }

    private static async Task UntilAsync(MemberNode member, Func<IReadOnlyList<JsonElement>, bool> condition, string[] ranges)
    {
        var since = CounterActor.Now;
        IReadOnlyList<JsonElement> reports;
        while (!condition(reports = await ReceivedAsync([member], ranges)))
        {
            Assert.True(CounterActor.Now - since < Ceiling.TotalNanoseconds, $"It did not come to that: {string.Join(", ", reports)}. {member.Describe()}");
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }

    private static async Task<IReadOnlyList<JsonElement>> ReceivedAsync(IEnumerable<MemberNode> members, string[] ranges)
    {
        var reports = await Task.WhenAll(members.Select(member => member.TellAsync($"received ranges={string.Join(',', ranges)}")));
        return [.. reports.SelectMany(report => report.EnumerateArray())];
    }
}
