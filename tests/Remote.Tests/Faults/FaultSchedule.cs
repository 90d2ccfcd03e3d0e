using Remote.Testing;

namespace Remote.Tests;

/// <summary>One phase: every sender sends a burst, and somewhere in it something happens to a peer.</summary>
/// <param name="Burst">Messages of each sender.</param>
/// <param name="Peer">Whom it happens to.</param>
/// <param name="Kind">What happens.</param>
/// <param name="At">How many messages of the phase are offered before.</param>
/// <param name="For">How many more are offered before it is healed.</param>
/// <param name="Direction">Which way, where that matters.</param>
/// <param name="Bytes">After how many, where that matters.</param>
/// <param name="Hold">Nothing is carried to any peer from the beginning of the phase until it happens, so that much is under way then.</param>
internal sealed record FaultPhase(
    int Burst, int Peer, FaultKind Kind, int At, int For, NetworkDirection Direction, int Bytes, bool Hold);

/// <summary>Everything about a run that is decided beforehand; a pure function of its seed.</summary>
internal sealed record FaultSchedule(ulong Seed)
{
    /// <summary>More than fits into a batch of these runs, and less than a message may have.</summary>
    public const int MaxMessageBytes = 64 * 1024;

    public required int Peers { get; init; }

    /// <summary>Actors at each peer.</summary>
    public required int Targets { get; init; }

    public required int Senders { get; init; }

    /// <summary>Of a hundred messages, how many are sent by <c>SendAsync</c>.</summary>
    public required int AsyncShare { get; init; }

    public required int QueueCapacity { get; init; }

    public required OverflowPolicy Overflow { get; init; }

    public required OutagePolicy Outage { get; init; }

    /// <summary>Whether the nodes keep what is not acknowledged; if not, they are to each other what a Proto.Actor node is.</summary>
    public required bool Acknowledges { get; init; }

    public required int BatchSize { get; init; }

    public required int MaxBatchBytes { get; init; }

    /// <summary>0: for ever.</summary>
    public required int MaxAttempts { get; init; }

    public required IReadOnlyList<FaultPhase> Phases { get; init; }

    public static FaultSchedule Of(ulong seed)
    {
        var random = RandomOf(seed, 0);
        var senders = random.Next(1, 5);
        var peers = random.Next(1, 3);
        return new FaultSchedule(seed)
        {
            Peers = peers,
            Targets = random.Next(1, 4),
            Senders = senders,
            AsyncShare = Pick(random, 0, 10, 50, 100),
            QueueCapacity = Pick(random, 4, 16, 64, 1000),
            Overflow = Pick(random, OverflowPolicy.DropNewest, OverflowPolicy.DropNewest, OverflowPolicy.DropOldest, OverflowPolicy.ShedAtCritical),
            Outage = Pick(random, OutagePolicy.Buffer, OutagePolicy.Buffer, OutagePolicy.Buffer, OutagePolicy.DeadLetter),
            Acknowledges = Pick(random, true, true, false),
            BatchSize = Pick(random, 1, 7, 50, 1000),
            MaxBatchBytes = Pick(random, 1024, 4096, 32 * 1024),
            MaxAttempts = Pick(random, 0, 0, 2),
            Phases = [.. Enumerable.Range(0, random.Next(2, 6)).Select(number => PhaseOf(random, number, senders, peers))],
        };
    }

    /// <summary>A source of randomness of its own for each part of a run, so that no part depends on how the others are interleaved.</summary>
    public static Random RandomOf(ulong seed, int part) => new(HashCode32(seed, part));

    private static FaultPhase PhaseOf(Random random, int number, int senders, int peers)
    {
        var burst = random.Next(20, 120);
        var all = burst * senders;
        return new FaultPhase(
            burst,
            random.Next(peers),
            (FaultKind)random.Next(Enum.GetValues<FaultKind>().Length),
            At: random.Next(1, all),
            For: random.Next(1, all),
            Pick(random, NetworkDirection.ToServer, NetworkDirection.ToServer, NetworkDirection.ToClient),
            random.Next(1, 10_000),
            // The first strike of each schedule is sure to find something under way.
            Hold: number == 0 || random.Next(3) == 0);
    }

    private static T Pick<T>(Random random, params ReadOnlySpan<T> choices) => choices[random.Next(choices.Length)];

    // Not System.HashCode, which differs from process to process.
    private static int HashCode32(ulong seed, int part)
    {
        var value = unchecked((seed + (ulong)part + 1) * 0x9E3779B97F4A7C15);
        value = unchecked((value ^ (value >> 29)) * 0xBF58476D1CE4E5B9);
        return (int)(value >> 33);
    }

    public override string ToString() =>
        $"seed {Seed}: {Peers} peers of {Targets} targets, {Senders} senders, {AsyncShare} % SendAsync, capacity {QueueCapacity}, {Overflow}, {Outage}, {(Acknowledges ? "acknowledged" : "plain")}, "
        + $"batches of {BatchSize} / {MaxBatchBytes} bytes, {MaxAttempts} attempts\n  {string.Join("\n  ", Phases)}";
}
