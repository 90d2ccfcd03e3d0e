using Remote.Actors;

namespace Remote;

/// <summary>
/// The counters of the former lives of an address's endpoint, and of messages that were refused after the last one. Thread-safe. Its lock
/// is taken inside that of a mailbox, never around it.
/// </summary>
internal sealed class LedgerArchive
{
    private readonly Lock _gate = new();
    private readonly EndpointLedger _former = new();

    /// <summary>A life is over: from here on its counters count here and nowhere else.</summary>
    public void Fold(EndpointLedger life)
    {
        lock (_gate)
        {
            _former.Add(life);
        }
    }

    /// <summary>A message was offered to an endpoint that has ended.</summary>
    public void Refuse(DeadLetterReason reason)
    {
        lock (_gate)
        {
            _former.Refuse(reason);
        }
    }

    /// <summary>Adds these counters to a ledger.</summary>
    public void AddTo(EndpointLedger sum)
    {
        lock (_gate)
        {
            sum.Add(_former);
        }
    }
}
