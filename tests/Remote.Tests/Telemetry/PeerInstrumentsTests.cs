using System.Reflection;
using Remote.Testing;

namespace Remote.Tests;

[Trait("Behaviour", "O-03")]
public sealed class PeerInstrumentsTests
{
    private static readonly PeerCounter Received = new("received", "{message}", "", static of => of.Received);

    /// <summary>An endpoint that was retired counts for itself until it is closed, and is missing meanwhile.</summary>
    [Fact]
    public void Counter_SomethingIsMissing_StaysWhereItWas()
    {
        Assert.Equal([7], Values(Received.Measure([Share("a", 5), Share("a", 2)])));
        Assert.Equal([7], Values(Received.Measure([Share("a", 2)])));
        Assert.Equal([7], Values(Received.Measure([])));
        Assert.Equal([8], Values(Received.Measure([Share("a", 8)])));
    }

    [Fact]
    public void Level_SumOrHighest_OfOpenEndpoints()
    {
        var sum = new PeerLevel("sum", "", "", static of => of.QueueLength);
        var highest = new PeerLevel("highest", "", "", static of => of.QueueLength, isSum: false);
        PeerShare[] shares = [Open("a", 2), Open("a", 3), Open("b", 0), new("c", new EndpointStatistics { Address = "c", State = EndpointState.Closed, QueueLength = 9 })];

        Assert.Equal([5, 0], Values(sum.Measure(shares)));
        Assert.Equal([3, 0], Values(highest.Measure(shares)));
    }

    [Fact]
    public void Picture_OneForACollection_NewForTheNext()
    {
        var (taken, time) = (0, new ManualTimeProvider());
        var picture = new SharedPicture(() => [Share("a", ++taken)], time);

        Assert.Equal((1, 1), (Seen("x"), Seen("y")));
        Assert.Equal((2, 2), (Seen("y"), Seen("x")));

        // One that asks for the first time, long after.
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(3, Seen("z"));

        long Seen(string reader) => Assert.Single(picture.For(reader)).Statistics.Received;
    }

    /// <summary>A peer may still send on a stream when nobody can ask for its statistics any more.</summary>
    [Fact]
    public async Task Forgotten_GoesOnCounting()
    {
        await using var system = new Proto.ActorSystem();
        var table = NodeKit.PartsOf(system, new RemoteOptions { MaxEndpoints = 1 }).Table;
        var first = table.RecordOf(new PeerIdentity("1", "first:1", IsClient: false));
        var second = table.RecordOf(new PeerIdentity("2", "second:1", IsClient: false));
        Receive(first, 1);
        Receive(second, 2);
        Assert.Equal((1, 2), (Of("first:1"), Of("second:1")));

        _ = table.Snapshot();
        Assert.True(first.IsForgotten);
        Assert.Equal((1, 2), (Of("first:1"), Of("second:1")));

        Receive(first, 3);
        first.Connected("1", again: true, DateTimeOffset.UnixEpoch);
        first.Refuse(DeadLetterReason.Quarantined);
        Receive(table.RecordOf(new PeerIdentity("1", "first:1", IsClient: false)), 4);
        Assert.Equal((8, 2), (Of("first:1"), Of("second:1")));
        Assert.Equal((1, 1), (
            table.Shares().Sum(static share => share.Statistics.Reconnects),
            table.Shares().Sum(static share => share.Statistics.Refused.GetValueOrDefault("Quarantined"))));

        long Of(string tag) => table.Shares().Where(share => share.Tag == tag).Sum(static share => share.Statistics.Received);
    }

    /// <summary>An endpoint never comes with a record that is forgotten: what it counts would be in no metric before its end.</summary>
    [Fact]
    public async Task TryAdd_RecordWasForgottenMeanwhile_IsRefused()
    {
        await using var system = new Proto.ActorSystem();
        var parts = NodeKit.PartsOf(system, new RemoteOptions { MaxEndpoints = 1 });
        var late = new Endpoint(parts.Context, parts.Links, parts.Table.Record("peer:1"), start: null, resumes: false);
        _ = parts.Table.Snapshot();

        Assert.False(parts.Table.TryAdd(late));
        Assert.True(parts.Table.TryAdd(new Endpoint(parts.Context, parts.Links, parts.Table.Record("peer:1"), start: null, resumes: false)));
    }

    [Fact]
    public void DeadLetterCounts_EveryReason_AndOneForThoseOfTheApplication()
    {
        var counts = new DeadLetterCounts();
        var reasons = typeof(DeadLetterReason).GetProperties(BindingFlags.Static | BindingFlags.Public)
            .Select(static property => property.GetValue(null))
            .OfType<DeadLetterReason>()
            .ToList();

        reasons.ForEach(counts.Count);
        counts.Count(new DeadLetterReason("Mine"));
        counts.Count(new DeadLetterReason("Yours"));

        Assert.NotEmpty(reasons);
        Assert.Equal(
            [("$other", 2L), .. reasons.Select(static reason => (reason.Name, 1L)).Order()],
            counts.Snapshot().Select(static count => (count.Key, count.Value)).Order());
    }

    private static void Receive(EndpointRecord record, int count) =>
        record.Received(new InboundTally { Received = count, Delivered = count }, 10, DateTimeOffset.UnixEpoch);

    private static PeerShare Share(string tag, long received) => new(tag, new EndpointStatistics { Address = tag, Received = received });

    private static PeerShare Open(string tag, int length) => new(tag, new EndpointStatistics { Address = tag, State = EndpointState.Connected, QueueLength = length });

    private static IEnumerable<long> Values(IEnumerable<System.Diagnostics.Metrics.Measurement<long>> measurements) => measurements.Select(static measurement => measurement.Value);
}
