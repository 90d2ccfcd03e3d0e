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

    /// <summary>The identities that ran twice at a time since then, and for how long the worst of them did.</summary>
    public (int Identities, TimeSpan Longest) Doubled(long since, long until)
    {
        lock (_gate)
        {
            var doubled = _activations.Values
                .Where(activation => (activation.To ?? until) > since)
                .GroupBy(activation => activation.Identity)
                .Select(group => Overlap([.. group], since, until))
                .Where(nanoseconds => nanoseconds > 0)
                .ToArray();
            return (doubled.Length, TimeSpan.FromMicroseconds(doubled.DefaultIfEmpty().Max() / 1000));
        }
    }

    private long Overlap(Activation[] lives, long since, long until)
    {
        var total = 0L;
        for (var one = 0; one < lives.Length; one++)
        {
            for (var other = one + 1; other < lives.Length; other++)
            {
                var from = Math.Max(since, Math.Max(lives[one].From, lives[other].From));
                var to = Math.Min(until, Math.Min(lives[one].To ?? until, lives[other].To ?? until));
                total += to > from ? to - from - Paused(lives[one].Member, lives[other].Member, from, to) : 0;
            }
        }

        return total;
    }

    private long Paused(MemberNode one, MemberNode other, long from, long to) => _pauses
        .Where(pause => pause.Member == one || pause.Member == other)
        .Sum(pause => Math.Max(0, Math.Min(to, pause.To) - Math.Max(from, pause.From)));

    private sealed class Activation(string identity, MemberNode member, long from)
    {
        public string Identity => identity;

        public MemberNode Member => member;

        public long From => from;

        public long? To { get; private set; }

        public void End(long at) => To = Math.Min(at, To ?? at);

        public void EndAtTheLatest(long at) => To ??= at;
    }
}
