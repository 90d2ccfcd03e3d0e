using Wire = Remote.Protocol;

namespace Remote.Cli;

/// <summary>What is known of one node at a moment. Immutable.</summary>
/// <param name="Address">As it was asked for.</param>
/// <param name="Update">The last one that came; <see langword="null"/> before the first.</param>
/// <param name="Rates">Between it and the one before, by the address of the peer.</param>
/// <param name="CpuPercent">Of one processor, in the same time.</param>
/// <param name="Failure">Why no more come; <see langword="null"/> while they do.</param>
/// <param name="Since">When the failure began.</param>
internal sealed record NodeView(
    string Address, Wire.StatisticsUpdate? Update, IReadOnlyDictionary<string, PeerRates> Rates, double CpuPercent, Failure? Failure, DateTimeOffset Since)
{
    public static NodeView Unknown(string address) => new(address, null, new Dictionary<string, PeerRates>(), 0, null, default);

    public NodeView With(Wire.StatisticsUpdate update) => this with
    {
        Update = update,
        Rates = PeerRates.Between(Update, update),
        CpuPercent = PeerRates.CpuBetween(Update, update),
        Failure = null,
    };

    public NodeView Failed(Failure failure, DateTimeOffset now) => this with { Failure = failure, Since = Failure is null ? now : Since };
}
