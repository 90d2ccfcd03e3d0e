using System.Globalization;
using System.Text.Json;

namespace Remote.Cluster.Tests;

/// <summary>
/// When which identity ran where, as the virtual actors themselves said it on the clock that all processes of this machine share. An activation
/// ends when its actor stops or its process does, and does not run while its process is stopped. Thread-safe.
/// </summary>
internal sealed class ActivationLedger
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Activation> _activations = [];
    private readonly List<(MemberNode Member, long From, long To)> _pauses = [];

    public void Activated(MemberNode member, JsonElement line)
    {
        var (identity, id) = (line.GetProperty("identity").GetString()!, line.GetProperty("activation").GetString()!);
        lock (_gate)
        {
            _activations.Add(id, new Activation(identity, member, line.GetProperty("at").GetInt64()));
        }
    }

    public void Deactivated(JsonElement line)
    {
        lock (_gate)
        {
            _activations[line.GetProperty("activation").GetString()!].End(line.GetProperty("at").GetInt64());
        }
    }

    /// <summary>Ends everything that still runs there; what it said before it ended counts nevertheless.</summary>
    public void HasEnded(MemberNode member, long at)
    {
        lock (_gate)
        {
            foreach (var activation in _activations.Values.Where(activation => activation.Member == member))
            {
                activation.EndAtTheLatest(at);
            }

            _ended[member] = at;
        }
    }

    public void WasPaused(MemberNode member, long from, long to)
    {
        lock (_gate)
        {
            _pauses.Add((member, from, to));
        }
    }

    private readonly Dictionary<MemberNode, long> _ended = [];

    /// <summary>How many identities run on each member right now.</summary>
    public IReadOnlyDictionary<MemberNode, int> Running()
    {
        lock (_gate)
        {
            return _activations.Values
                .Where(activation => activation.To is null)
                .GroupBy(activation => activation.Member)
                .ToDictionary(group => group.Key, group => group.Count());
        }
    }

    /// <summary>The identities that began more than once since then, whether at a time or not.</summary>
    public int BegunAgain(long since)
    {
        lock (_gate)
        {
            return _activations.Values.Where(activation => activation.From >= since).GroupBy(activation => activation.Identity).Count(group => group.Count() > 1);
        }
    }

    /// <summary>The identities that ran twice at a time since then, and for how long the worst of them did; and one that ran more than twice, in words.</summary>
    public (int Identities, TimeSpan Longest, string? Thrice) Doubled(long since, long until)
    {
        lock (_gate)
        {
            var doubled = _activations.Values
                .Where(activation => (activation.To ?? until) > since)
                .GroupBy(activation => activation.Identity)
                .Select(group => (Lives: group.ToArray(), Overlap: Overlap.Of(group.SelectMany(life => Runs(life, since, until)))))
                .Where(one => one.Overlap.Nanoseconds > 0)
                .ToArray();
            var worst = doubled.OrderByDescending(one => one.Overlap.Most).FirstOrDefault();
            return (
                doubled.Length,
                TimeSpan.FromMicroseconds(doubled.Select(one => one.Overlap.Nanoseconds).DefaultIfEmpty().Max() / 1000),
                worst.Overlap.Most > 2 ? $"{worst.Lives[0].Identity} ran {worst.Overlap.Most} times at a time: {string.Join(", ", worst.Lives.Select(life => life.Describe(since, until)))}" : null);
        }
    }

    /// <summary>For how long, at most, an identity ran on two members at a time since then, that one aside; and where, in words.</summary>
    public (TimeSpan Longest, string? Where) DoubledBesides(MemberNode aside, long since, long until)
    {
        lock (_gate)
        {
            var worst = _activations.Values
                .Where(activation => activation.Member != aside && (activation.To ?? until) > since)
                .GroupBy(activation => activation.Identity)
                .Select(group => (Lives: group.ToArray(), Overlap.Of(group.SelectMany(life => Runs(life, since, until))).Nanoseconds))
                .DefaultIfEmpty()
                .MaxBy(one => one.Nanoseconds);
            return worst.Nanoseconds > 0
                ? (TimeSpan.FromMicroseconds(worst.Nanoseconds / 1000), $"{worst.Lives[0].Identity} {string.Join(", ", worst.Lives.Select(life => life.Describe(since, until)))}")
                : (TimeSpan.Zero, null);
        }
    }

    /// <summary>When a life really ran: not while its process was stopped.</summary>
    private List<(long From, long To)> Runs(Activation life, long since, long until)
    {
        var (from, end) = (Math.Max(since, life.From), Math.Min(until, life.To ?? until));
        List<(long From, long To)> runs = [];
        foreach (var pause in _pauses.Where(pause => pause.Member == life.Member && pause.To > from && pause.From < end).OrderBy(pause => pause.From))
        {
            runs.Add((from, Math.Min(pause.From, end)));
            from = Math.Max(from, pause.To);
        }

        runs.Add((from, end));
        return runs;
    }

    private sealed class Activation(string identity, MemberNode member, long from)
    {
        public string Identity => identity;

        public MemberNode Member => member;

        public long From => from;

        public long? To { get; private set; }

        public void End(long at) => To = Math.Min(at, To ?? at);

        public void EndAtTheLatest(long at) => To ??= at;

        public string Describe(long since, long until) => string.Create(
            CultureInfo.InvariantCulture, $"at {member.Address} from {(from - since) / 1e9:0.0} to {((To ?? until) - since) / 1e9:0.0} s");
    }
}
