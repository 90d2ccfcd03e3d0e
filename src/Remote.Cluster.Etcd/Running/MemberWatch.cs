using Etcdserverpb;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Remote.Cluster.Etcd;

/// <summary>
/// Keeps a <see cref="ClusterView"/> true over one connection: lists once, then watches from the revision behind the list, so that nothing falls
/// between the two. A later connection goes on where this one ended.
/// </summary>
internal sealed class MemberWatch(EtcdConnection connection, ClusterView view, MemberKeys keys, ILogger log)
{
    public async Task ListAsync(CancellationToken cancellationToken)
    {
        var request = new RangeRequest { Key = keys.RangeStart, RangeEnd = keys.RangeEnd };
        var list = await connection.RangeAsync(request, cancellationToken).ConfigureAwait(false);
        view.Take(list);
        EtcdLog.Listed(log, list.Kvs.Count, keys.Prefix, connection.Endpoint, list.Header.Revision);
    }

    /// <summary>
    /// To be asked before a connection goes on where an earlier one ended: etcd may have lost its data meanwhile, and be further by now than what was seen.
    /// Whether its entries at the last revision that was seen are those that were seen then; if not, they have to be listed anew.
    /// </summary>
    public async Task LookBackAsync(CancellationToken cancellationToken)
    {
        var seen = view.Revision;
        var request = new RangeRequest { Key = keys.RangeStart, RangeEnd = keys.RangeEnd, Revision = seen, KeysOnly = true };
        try
        {
            var then = await connection.RangeAsync(request, cancellationToken).ConfigureAwait(false);
            if (!view.Saw(then))
            {
                view.EtcdForgot();
                ListAnew($"etcd has another past: what it has at revision {seen} is not what was seen then");
            }
        }
        catch (EtcdCallException exception) when (exception.InnerException is RpcException { StatusCode: StatusCode.OutOfRange } refused)
        {
            if (refused.Status.Detail.Contains("compacted", StringComparison.Ordinal))
            {
                ListAnew($"what was at revision {seen} is compacted away");
            }
            else
            {
                view.EtcdForgot();
                ListAnew($"etcd is behind revision {seen} which was seen: it lost data");
            }
        }
    }

    /// <summary>Runs until this node's own entry is not what it should be.</summary>
    /// <exception cref="EtcdCallException">The watch was lost.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (view.Own == OwnPlace.Held)
        {
            if (view.Revision == 0)
            {
                await ListAsync(cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await RunOneAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // Until the members have to be listed anew, or this node's own entry is not what it should be.
    private async Task RunOneAsync(CancellationToken cancellationToken)
    {
        var from = view.Revision + 1;
        var request = new WatchCreateRequest { Key = keys.RangeStart, RangeEnd = keys.RangeEnd, StartRevision = from };
        using var watch = await connection.WatchAsync(request, cancellationToken).ConfigureAwait(false);

        // A watch from a revision that is not there yet stays silent until it is. An etcd that came back with older data, or none, would be heard of
        // again only when it has caught up.
        if (watch.First.Header.Revision < from - 1)
        {
            view.EtcdForgot();
            ListAnew($"etcd is at revision {watch.First.Header.Revision}, behind {from - 1} which was seen: it lost data, or lags");
            return;
        }

        for (var answer = watch.First; ; answer = await watch.NextAsync(cancellationToken).ConfigureAwait(false))
        {
            if (answer.CompactRevision > 0)
            {
                ListAnew($"what happened since revision {from} is compacted away, up to {answer.CompactRevision}");
                return;
            }

            if (answer.Canceled)
            {
                // With a token that is no longer valid etcd 3.4 says so too.
                var failure = answer.CancelReason.Contains("permission", StringComparison.OrdinalIgnoreCase)
                    ? EtcdFailure.PermissionDenied
                    : EtcdFailure.Refused;
                throw new EtcdCallException(connection.Endpoint, failure, $"etcd cancelled the watch: {answer.CancelReason}");
            }

            view.Take(answer.Events);
            if (view.Own != OwnPlace.Held)
            {
                return;
            }
        }
    }

    private void ListAnew(string why)
    {
        EtcdLog.ListedAnew(log, keys.Prefix, why);
        view.Forget();
    }
}
