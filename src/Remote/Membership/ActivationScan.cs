using Proto;
using Proto.Context;

namespace Remote;

/// <summary>
/// Looks which identities are active on this node, by the mark that Proto.Cluster puts on each activation: what runs here, whatever any table says. It asks
/// no lookup and activates nothing. Reads live structures without a lock, for as long as <see cref="DiagnosticsOptions.ScanBudget"/>.
/// </summary>
/// <param name="context">The node.</param>
/// <param name="read">Reads the mark.</param>
internal sealed class ActivationScan(NodeContext context, Func<ActorContext, ActivatedIdentity?> read)
{
    // As for a list of processes: a look at one takes less than a microsecond.
    private const int CheckClockEvery = 256;

    /// <returns>The ids of the activations, and whether every process was looked at.</returns>
    public (ILookup<string, string> Found, bool IsComplete) Find(string kind, IReadOnlySet<string> identities)
    {
        var started = context.Time.GetTimestamp();
        var scanned = 0;
        var isComplete = true;
        List<(string Identity, string Id)> found = [];
        foreach (var pid in context.ActorSystem.ProcessRegistry.Find(static _ => true))
        {
            if (++scanned % CheckClockEvery == 0 && context.Time.GetElapsedTime(started) > context.Options.Diagnostics.ScanBudget)
            {
                isComplete = false;
                break;
            }

            if (IdentityOf(pid.Id) is { } identity && identity.Kind == kind && identities.Contains(identity.Identity))
            {
                found.Add((identity.Identity, pid.Id));
            }
        }

        return (found.ToLookup(static one => one.Identity, static one => one.Id, StringComparer.Ordinal), isComplete);
    }

    private ActivatedIdentity? IdentityOf(string id) =>
        context.FindLocal(id) is ActorProcess process
        && ProtoActorInternals.MailboxOf(process) is IObservedMailbox { Actor.Context: { } actor }
            ? read(actor)
            : null;
}
