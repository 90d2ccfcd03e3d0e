namespace Remote;

/// <summary>
/// What one batch may contain. A message of 4 MiB has room for two million empty envelopes, or for as many table entries
/// that would each become objects here: far more than any writer sends, enough to hurt.
/// </summary>
/// <param name="MaxEnvelopes">Envelopes in one batch.</param>
/// <param name="MaxTableEntries">Type names, targets and senders together.</param>
internal sealed record DecodeLimits(int MaxEnvelopes = 65_536, int MaxTableEntries = 65_536);
