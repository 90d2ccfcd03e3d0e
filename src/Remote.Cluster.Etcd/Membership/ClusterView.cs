using Etcdserverpb;
using Microsoft.Extensions.Logging;
using Mvccpb;

namespace Remote.Cluster.Etcd;

/// <summary>
/// What this node knows of its cluster: the members, the revision of etcd up to which that is true, and whether etcd was away lately. Owns the one
/// lock over them. Thread-safe.
/// </summary>
internal sealed class ClusterView(MemberSet members, EtcdSilence silence, MemberKeys keys, TopologyPublisher publisher, ILogger log)
{
    private readonly Lock _lock = new();

    // Each key that is there at Revision: when its entry was written, and under which lease. An etcd that began anew may give the same number again, but not
    // the same lease.
    private readonly Dictionary<string, (long Written, long Lease)> _entries = new(StringComparer.Ordinal);

    /// <summary>The last revision that was seen whole; zero when the members have to be listed.</summary>
    public long Revision { get; private set; }

    /// <summary>What the last entry at this node's key was.</summary>
    public OwnPlace Own
    {
        get
        {
            lock (_lock)
            {
                return members.Own;
            }
        }
    }

    public IReadOnlyList<MemberRecord> Members
    {
        get
        {
            lock (_lock)
            {
                return members.Members;
            }
        }
    }

    /// <summary>Is set at whatever may change what is registered, and at whatever others set it for.</summary>
    public ChangeSignal Changes { get; } = new();

    /// <summary>The other members whose entries are in etcd, and whom they block.</summary>
    public IReadOnlyList<MemberVoice> Registered
    {
        get
        {
            lock (_lock)
            {
                return members.Registered;
            }
        }
    }

    /// <summary>
    /// The revision at which this node was registered, <see langword="null"/> while that is not known, or members are waited for whose entries may
    /// only not be there yet.
    /// </summary>
    public long? OwnRevision
    {
        get
        {
            lock (_lock)
            {
                return members.Missing > 0 ? null : members.OwnRevision;
            }
        }
    }

    /// <summary>etcd has answered. Members that were waited for long enough are let go.</summary>
    public void Heard()
    {
        lock (_lock)
        {
            silence.Heard();
            if (silence.Forgives || members.DropMissing() is not { Count: > 0 } gone)
            {
                return;
            }

            EtcdLog.MissingDropped(log, string.Join(", ", gone.Select(member => $"{member.Id} ({member.Address})")));
            publisher.Publish(members.Members);
            Changes.Set();
        }
    }

    /// <summary>This node has made sure that its entry is there.</summary>
    public void HasRegistered()
    {
        lock (_lock)
        {
            members.HasRegistered();
        }
    }

    /// <summary>
    /// etcd does not know any more what it knew: this node's lease, or revisions that were seen. What it does not know of others says nothing of them.
    /// </summary>
    public void EtcdForgot()
    {
        lock (_lock)
        {
            silence.Forgot();
        }
    }

    /// <summary>The members have to be listed anew: what happened since the last revision cannot be had any more.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            Revision = 0;
        }
    }

    /// <summary>Whether these entries, which etcd says it had at <see cref="Revision"/>, are those that were seen.</summary>
    public bool Saw(RangeResponse entries)
    {
        lock (_lock)
        {
            return entries.Kvs.Count == _entries.Count
                && entries.Kvs.All(entry => _entries.TryGetValue(entry.Key.ToStringUtf8(), out var seen) && seen == (entry.ModRevision, entry.Lease));
        }
    }

    /// <summary>Takes a list of all entries.</summary>
    public void Take(RangeResponse list)
    {
        var entries = list.Kvs.ToDictionary(entry => entry.Key.ToStringUtf8(), Read, StringComparer.Ordinal);
        lock (_lock)
        {
            silence.Heard();
            var isFirst = Revision == 0;
            Revision = list.Header.Revision;
            _entries.Clear();
            foreach (var entry in list.Kvs)
            {
                _entries[entry.Key.ToStringUtf8()] = (entry.ModRevision, entry.Lease);
            }

            var changed = members.List(entries, silence.Forgives);
            PublishUnsynchronized(changed || isFirst);
        }
    }

    /// <summary>Takes what a watch sent.</summary>
    public void Take(IEnumerable<Event> events)
    {
        var changed = false;
        lock (_lock)
        {
            silence.Heard();

            // A member of etcd that lags may send again what was seen already (etcd issue 20221).
            var seen = Revision;
            foreach (var happened in events.Where(happened => happened.Kv.ModRevision > seen))
            {
                var key = happened.Kv.Key.ToStringUtf8();
                if (happened.Type == Event.Types.EventType.Delete)
                {
                    _entries.Remove(key);
                    changed |= members.Delete(key, silence.Forgives);
                }
                else
                {
                    _entries[key] = (happened.Kv.ModRevision, happened.Kv.Lease);
                    changed |= members.Put(key, Read(happened.Kv));
                }

                // Not the header's: with many events at a time that is ahead of what was sent.
                Revision = happened.Kv.ModRevision;
            }

            PublishUnsynchronized(changed);
        }
    }

    private void PublishUnsynchronized(bool changed)
    {
        Changes.Set();
        if (members.Missing is > 0 and var missing)
        {
            EtcdLog.MembersMissing(log, missing);
        }

        if (changed)
        {
            publisher.Publish(members.Members);
        }
    }

    private MemberRecord? Read(KeyValue entry)
    {
        var key = entry.Key.ToStringUtf8();
        if (!MemberRecordFormat.TryRead(key, entry.Value, keys, out var record, out var fault))
        {
            EtcdLog.EntryUnreadable(log, key, fault);
        }

        return record is null ? null : record with { Registered = entry.CreateRevision };
    }
}
