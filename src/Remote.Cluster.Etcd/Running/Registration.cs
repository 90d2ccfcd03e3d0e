using System.Diagnostics.CodeAnalysis;
using Etcdserverpb;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Mvccpb;

namespace Remote.Cluster.Etcd;

/// <summary>
/// This node's entry under its lease. <see cref="EnsureAsync"/> may be called again after whatever went wrong: it looks at what etcd has and does
/// what is missing. Used by one loop at a time.
/// </summary>
internal sealed class Registration(MemberRecord self, MemberKeys keys, TimeSpan timeToLive, ILogger log)
{
    private readonly ByteString _key = ByteString.CopyFromUtf8(keys.Of(self));
    private bool _wasRegistered;

    public MemberRecord Self => self;

    /// <summary>The lease, zero when there is none.</summary>
    public long Lease { get; private set; }

    /// <summary>Sees to it that the entry is there, under a lease that lives. Whether the lease was lost meanwhile.</summary>
    /// <exception cref="PlaceTakenException">It was there once, and another member has its place now.</exception>
    public async Task<bool> EnsureAsync(EtcdConnection connection, CancellationToken cancellationToken)
    {
        var lost = false;
        if (Lease != 0 && await connection.KeepAliveAsync(Lease, cancellationToken).ConfigureAwait(false) <= TimeSpan.Zero)
        {
            EtcdLog.LeaseLost(log, self.Address, Lease);
            Lease = 0;
            lost = true;
        }

        if (Lease == 0)
        {
            // Known before the entry is written: if that answer is lost, the next attempt finds the entry to be its own.
            var granted = await connection.GrantAsync(timeToLive, cancellationToken).ConfigureAwait(false);
            Lease = granted.ID;
        }

        while (true)
        {
            var found = await connection.RangeAsync(new RangeRequest { Key = _key }, cancellationToken).ConfigureAwait(false);
            var entry = found.Kvs.FirstOrDefault();
            if (entry?.Lease == Lease && IsSelf(entry))
            {
                _wasRegistered = true;
                return lost;
            }

            Judge(entry);
            if (await PutAsync(connection, self, Unchanged(entry), cancellationToken).ConfigureAwait(false))
            {
                _wasRegistered = true;
                EtcdLog.Registered(log, self.Address, self.Id, keys.Prefix, Lease, connection.Endpoint);
                return lost;
            }
        }
    }

    /// <summary>
    /// Says in the entry whom this node blocks. An entry that is not this node's under its lease is left alone: who watches it sees to that. Whether
    /// something was written.
    /// </summary>
    public async Task<bool> TellAsync(EtcdConnection connection, IReadOnlyList<string> blocks, CancellationToken cancellationToken)
    {
        while (true)
        {
            var found = await connection.RangeAsync(new RangeRequest { Key = _key }, cancellationToken).ConfigureAwait(false);
            var entry = found.Kvs.FirstOrDefault();
            if (entry?.Lease != Lease || !TryReadOwn(entry, out var record) || (record.Blocks ?? []).SequenceEqual(blocks))
            {
                return false;
            }

            var next = self with { Blocks = blocks.Count > 0 ? blocks : null };
            if (await PutAsync(connection, next, Unchanged(entry), cancellationToken).ConfigureAwait(false))
            {
                return true;
            }
        }
    }

    /// <summary>
    /// Leaves so that all see it at once, also those that wait for members after an outage: the entry says so before it goes. An entry that is no
    /// longer this node's is left alone.
    /// </summary>
    public async Task LeaveAsync(EtcdConnection connection, CancellationToken cancellationToken)
    {
        var isOurs = new Compare { Key = _key, Target = Compare.Types.CompareTarget.Lease, Result = Compare.Types.CompareResult.Equal, Lease = Lease };
        await PutAsync(connection, self with { Leaving = true }, isOurs, cancellationToken).ConfigureAwait(false);
        await connection.RevokeAsync(Lease, cancellationToken).ConfigureAwait(false);
        Lease = 0;
    }

    // A process that starts at the address of another one has bound it, so the other is gone, or does not have the address that it claims.
    private void Judge(KeyValue? entry)
    {
        if (entry is null || IsSelf(entry) || !MemberRecordFormat.TryRead(keys.Of(self), entry.Value, keys, out var other, out _) || other.Leaving)
        {
            return;
        }

        if (_wasRegistered)
        {
            throw new PlaceTakenException(other);
        }

        EtcdLog.PlaceTakenOver(log, self.Address, self.Id, other.Id);
    }

    private bool IsSelf(KeyValue entry) => TryReadOwn(entry, out _);

    private bool TryReadOwn(KeyValue entry, [NotNullWhen(true)] out MemberRecord? record) =>
        MemberRecordFormat.TryRead(keys.Of(self), entry.Value, keys, out record, out _) && record.Id == self.Id && !record.Leaving;

    private Compare Unchanged(KeyValue? entry) => new()
    {
        Key = _key,
        Target = Compare.Types.CompareTarget.Mod,
        Result = Compare.Types.CompareResult.Equal,
        ModRevision = entry?.ModRevision ?? 0,
    };

    private async Task<bool> PutAsync(EtcdConnection connection, MemberRecord record, Compare condition, CancellationToken cancellationToken)
    {
        var put = new RequestOp { RequestPut = new PutRequest { Key = _key, Value = MemberRecordFormat.Write(record), Lease = Lease } };
        var request = new TxnRequest { Compare = { condition }, Success = { put } };
        return (await connection.TransactAsync(request, cancellationToken).ConfigureAwait(false)).Succeeded;
    }
}
