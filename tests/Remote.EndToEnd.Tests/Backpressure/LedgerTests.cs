using Backpressure;

namespace Remote.EndToEnd.Tests;

public sealed class LedgerTests
{
    private static readonly EndpointStatistics Before = new() { Address = "a:1", Offered = 1, Accepted = 1, Written = 1 };

    /// <summary>Ten parcels: 7 taken, number 8 refused, 9 and 10 dropped later.</summary>
    private static readonly Ledger Right = new(
        10,
        55,
        new Tally { Taken = 7, Sum = 28 },
        true,
        new Dictionary<string, Letters> { ["QueueFull"] = new(1, 8), ["DroppedOldest"] = new(2, 19) },
        Before,
        Before with
        {
            Offered = 12,
            Accepted = 11,
            Written = 9,
            Refused = new Dictionary<string, long> { ["QueueFull"] = 1 },
            DeadLetters = new Dictionary<string, long> { ["DroppedOldest"] = 2 },
        });

    [Fact]
    public void Faults_EverythingAccountedFor_AreNone() => Assert.Empty(Right.Faults());

    /// <summary>The consumer has ended: it says nothing, and its node has acknowledged seven parcels and the question.</summary>
    [Fact]
    public void Faults_NoTallyAndEverythingAccountedFor_AreNone() => Assert.Empty((Right with { Taken = null }).Faults());

    public static TheoryData<string, Func<object>> Wrong => new()
    {
        { "parcels taken or dead: expected 10, seen 9", () => Right with { Taken = new Tally { Taken = 6, Sum = 28 } } },
        { "sum of the numbers of parcels taken or dead: expected 55, seen 54", () => Right with { Taken = new Tally { Taken = 7, Sum = 27 } } },
        { "messages acknowledged or dead: expected 11, seen 10", () => Right with { Taken = null, After = Right.After with { Written = 8 } } },
        { "parcels out of order: expected 0, seen 1", () => Right with { Taken = new Tally { Taken = 7, Sum = 28, Disordered = 1 } } },
        { "offered, by the statistics: expected 11, seen 10", () => Right with { After = Right.After with { Offered = 11 } } },
        { "offered = accepted + refused: expected 11, seen 12", () => Right with { After = Right.After with { Offered = 11 } } },
        { "sent, by the statistics: expected 8, seen 7", () => Right with { After = Right.After with { Written = 8 } } },
        { "accepted = sent + dead letters + moved + queued: expected 11, seen 10", () => Right with { After = Right.After with { Written = 8 } } },
        { "dead letters Shed, by the statistics: expected 0, seen 1", () => Right with { After = Right.After with { Refused = new Dictionary<string, long> { ["QueueFull"] = 1, ["Shed"] = 1 } } } },
        { "dead letters QueueFull, by the statistics: expected 1, seen 0", () => Right with { After = Right.After with { Refused = new Dictionary<string, long>() } } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Faults_SomethingDoesNotAddUp_IsNamed(string fault, Func<object> ledger) => Assert.Contains(fault, ((Ledger)ledger()).Faults());
}
