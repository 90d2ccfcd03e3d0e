using System.Text.Json;
using System.Text.Json.Serialization;

namespace Remote.LoadTest;

/// <summary>One run of <c>cuts</c>. Travels to its processes as JSON.</summary>
/// <param name="Messages">How many are sent, over all pairs.</param>
/// <param name="Cuts">How often the connection is cut meanwhile.</param>
/// <param name="Pairs">Senders, each with a target of its own.</param>
/// <param name="Seed">Where the places of the cuts come from.</param>
/// <param name="Proxy">The address of the proxy in the middle.</param>
internal sealed record CutsPlan(int Messages, int Cuts, int Pairs, ulong Seed, string Proxy = "")
{
    /// <summary>Bytes of a message in a batch; tables and headers come on top.</summary>
    public const int BytesPerMessage = 15;

    /// <summary>
    /// Each connection must live long enough for a handshake and some batches of a thousand, or there would be no progress between two cuts.
    /// </summary>
    public const int MinMessagesPerCut = 5000;

    /// <summary>
    /// How many of the equal parts into which the cuts divide the messages may be sent ahead of the cut that is due. Without a bound a fast
    /// product would be through before the proxy, on a busy machine, has been told where to cut; with too low a one there would be no load.
    /// </summary>
    public const int PartsAhead = 3;

    /// <summary>
    /// So that something is on its way even when a cut is announced only after everything that may be sent has passed: it strikes the next byte.
    /// </summary>
    public static readonly TimeSpan HeartbeatInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Generous: a run that takes longer hangs. It is ten times what it takes on two busy cores.</summary>
    public TimeSpan Ceiling => TimeSpan.FromSeconds(30 + (Messages / 10_000.0) + (Cuts / 4.0));

    /// <summary>The messages of one pair; the first pairs take what is left over.</summary>
    public int MessagesOf(int pair) => (Messages / Pairs) + (pair < Messages % Pairs ? 1 : 0);

    /// <summary>The name of a target.</summary>
    public static string TargetName(int pair) => $"target{pair}";

    public string ToJson() => JsonSerializer.Serialize(this);

    public static CutsPlan FromJson(string json) =>
        JsonSerializer.Deserialize<CutsPlan>(json) ?? throw new LoadTestException("The plan of the run is empty.");
}

/// <summary>The result of one run of <c>cuts</c>.</summary>
/// <param name="Sent">Messages that were taken from the senders.</param>
/// <param name="Delivered">Messages that the targets got, each counted once.</param>
/// <param name="Lost">Messages that no target got.</param>
/// <param name="Duplicated">Arrivals beyond the first.</param>
/// <param name="Reordered">Messages that arrived after a later one of their pair.</param>
/// <param name="Cuts">Connections that were cut.</param>
/// <param name="Seconds">From the first send to the last acknowledgement.</param>
internal sealed record CutsRow(long Sent, long Delivered, long Lost, long Duplicated, long Reordered, int Cuts, double Seconds)
{
    /// <summary>What the sender said went wrong, if anything did; for people.</summary>
    [JsonIgnore]
    public string? Problem { get; init; }

    /// <summary>Why the run counts as failed; empty when it does not.</summary>
    public IEnumerable<string> Faults(CutsPlan plan)
    {
        if (Problem is not null)
        {
            yield return Problem;
        }

        if (Sent != plan.Messages || Lost > 0 || Duplicated > 0 || Reordered > 0)
        {
            yield return "Messages were lost, duplicated or reordered.";
        }

        if (Cuts < plan.Cuts)
        {
            yield return $"{Cuts} cuts were made instead of {plan.Cuts}.";
        }
    }
}
