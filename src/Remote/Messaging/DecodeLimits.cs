namespace Remote;

/// <summary>
/// What one batch may contain. A message of 4 MiB has room for two million empty envelopes, or for as many table entries
/// that would each become objects here: far more than any writer sends, enough to hurt.
/// </summary>
/// <param name="MaxEnvelopes">Envelopes in one batch.</param>
/// <param name="MaxTableEntries">Type names, targets and senders together: at most one of each per envelope.</param>
internal sealed record DecodeLimits(
    int MaxEnvelopes = DecodeLimits.DefaultMaxEnvelopes, int MaxTableEntries = 3 * DecodeLimits.DefaultMaxEnvelopes)
{
    /// <summary>What every node of ours takes, and so what no writer of ours exceeds.</summary>
    internal const int DefaultMaxEnvelopes = 65_536;
}
