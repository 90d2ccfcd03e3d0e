using Remote.Testing;

namespace Remote.Tests;

/// <summary>What schedules came to, so that a test can see that they did something.</summary>
internal sealed class FaultResult
{
    private readonly Dictionary<FaultKind, int> _strikes = [];
    private readonly Dictionary<string, long> _dead = [];

    /// <summary>Schedules that struck at least once while something was under way.</summary>
    public int Armed { get; private set; }

    /// <summary>Strikes, by kind, that found something under way.</summary>
    public IReadOnlyDictionary<FaultKind, int> Strikes => _strikes;

    /// <summary>Dead letters by reason.</summary>
    public IReadOnlyDictionary<string, long> Dead => _dead;

    public long Sent { get; private set; }

    public long Delivered { get; private set; }

    public long Lost { get; private set; }

    public long Unconfirmed { get; private set; }

    public long Snapshots { get; private set; }

    /// <summary>Connections that the heartbeat has found dead.</summary>
    public int FoundSilent { get; private set; }

    public void Add(FaultKind kind, long underWay)
    {
        if (underWay > 0)
        {
            _strikes[kind] = _strikes.GetValueOrDefault(kind) + 1;
            Armed = 1;
        }
    }

    public void Complete(
        LedgerVerdict verdict, int snapshots, IReadOnlyList<EndpointReconnecting> reconnecting, IReadOnlyList<EndpointStatistics> statistics)
    {
        (Sent, Delivered, Lost) = (verdict.Sent, verdict.Delivered, verdict.Lost);
        Snapshots = snapshots;
        Unconfirmed = statistics.Sum(endpoint => endpoint.Unconfirmed);
        FoundSilent = reconnecting.Count(fact => fact.Error.Message.Contains("no sign of life", StringComparison.Ordinal));
        AddDead(verdict.DeadLetters);
    }

    /// <summary>Adds another one's counts.</summary>
    public void Add(FaultResult other)
    {
        Armed += other.Armed;
        Sent += other.Sent;
        Delivered += other.Delivered;
        Lost += other.Lost;
        Unconfirmed += other.Unconfirmed;
        Snapshots += other.Snapshots;
        FoundSilent += other.FoundSilent;
        AddDead(other._dead);
        foreach (var (kind, count) in other._strikes)
        {
            _strikes[kind] = _strikes.GetValueOrDefault(kind) + count;
        }
    }

    public override string ToString() =>
        $"{Sent} sent, {Delivered} delivered, {Lost} lost of {Unconfirmed} unconfirmed, {Snapshots} snapshots, {FoundSilent} found silent; "
        + $"dead: {string.Join(", ", _dead.Select(entry => $"{entry.Key} {entry.Value}"))}; "
        + $"strikes: {string.Join(", ", _strikes.OrderBy(entry => entry.Key).Select(entry => $"{entry.Key} {entry.Value}"))}";

    private void AddDead(IEnumerable<KeyValuePair<string, long>> reasons)
    {
        foreach (var (reason, count) in reasons)
        {
            _dead[reason] = _dead.GetValueOrDefault(reason) + count;
        }
    }
}
