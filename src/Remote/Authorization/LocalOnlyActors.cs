using Proto;
using Proto.Future;

namespace Remote;

/// <summary>The actors of a node that other nodes may not reach: those with the mark, and those whose id is meant by the options.</summary>
internal sealed class LocalOnlyActors(IEnumerable<string> ids)
{
    private readonly NamePatterns _ids = new(ids);

    /// <summary>
    /// Whether a process is one of them. Futures are not, whatever they are called, for the answers to our own requests come to them; nor are processes of
    /// other nodes, which decide for themselves.
    /// </summary>
    public bool Has(Process process, string id) =>
        (process is ActorProcess actor && LocalOnlyMailbox.IsMarked(ProtoActorInternals.MailboxOf(actor)))
        || (!_ids.IsEmpty
            && process is not (RemoteProcess or FutureProcess or SharedFutureProcess or FutureBatchProcess)
            && _ids.Match(id, ignoreCase: false));
}
