using Proto;
using Proto.Cluster;

namespace OrderCluster;

/// <summary>A customer: a virtual actor that runs on one of the members, and there only while somebody orders.</summary>
internal sealed class CustomerActor(string folder) : IActor
{
    public const string Kind = "customer";

    // How long it waits for another order. One whom the cluster has forgotten gets none, and has the ledger until then.
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(2);

    private string _name = "";
    private Ledger? _ledger;

    public Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case Started:
                _name = context.ClusterIdentity()!.Identity;
                context.SetReceiveTimeout(Idle);
                break;
            case PlaceOrder order:
                Book(context, order);
                break;
            case ReceiveTimeout:
                context.Poison(context.Self);
                break;
            case Stopped or Restarting:
                _ledger?.Dispose();
                _ledger = null;
                break;
        }

        return Task.CompletedTask;
    }

    private void Book(IContext context, PlaceOrder order)
    {
        try
        {
            _ledger ??= Ledger.Open(folder, _name);
        }
        catch (IOException exception)
        {
            // The one that ran before is not quite gone.
            context.Respond(new LedgerBusy { Why = exception.Message });
            return;
        }

        context.Respond(new OrderBooked { Number = order.Number, ProcessId = _ledger.Book(order) });
    }
}
