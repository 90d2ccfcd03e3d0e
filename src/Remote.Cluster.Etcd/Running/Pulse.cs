using Etcdserverpb;

namespace Remote.Cluster.Etcd;

/// <summary>
/// Asks etcd for a sign of life at an interval: a member renews its lease, a client reads. A watch alone does not tell a quiet cluster from an etcd
/// that has stopped; a pulse that fails ends it too.
/// </summary>
internal sealed class Pulse(EtcdConnection connection, Registration? registration, ClusterView view, MemberKeys keys, TimeSpan interval, TimeProvider time)
{
    /// <summary>How many answers there were.</summary>
    public int Answers { get; private set; }

    /// <summary>Runs until the lease is lost.</summary>
    /// <exception cref="EtcdCallException">There was no answer.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(interval, time, cancellationToken).ConfigureAwait(false);
            if (registration is not null)
            {
                if (await connection.KeepAliveAsync(registration.Lease, cancellationToken).ConfigureAwait(false) <= TimeSpan.Zero)
                {
                    return;
                }
            }
            else
            {
                // Not serializable, so a majority of etcd has to agree: one member that was cut off from the others does not count as alive.
                var request = new RangeRequest { Key = keys.RangeStart, RangeEnd = keys.RangeEnd, CountOnly = true };
                await connection.RangeAsync(request, cancellationToken).ConfigureAwait(false);
            }

            Answers++;
            view.Heard();
        }
    }
}
