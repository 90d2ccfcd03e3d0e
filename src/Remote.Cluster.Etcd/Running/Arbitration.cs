using Microsoft.Extensions.Logging;

namespace Remote.Cluster.Etcd;

/// <summary>
/// Tells in this member's entry which registered members it blocks, and judges by what all of them tell. Runs while there is a connection: without
/// etcd nothing is told and nobody judged, and what has to stand for a while begins anew afterwards.
/// </summary>
internal sealed class Arbitration(
    EtcdConnection connection,
    Registration registration,
    ClusterView view,
    Func<IReadOnlySet<string>?> blockedMembers,
    EtcdClusterOptions options,
    TimeProvider time,
    ILogger log)
{
    // Twice, because etcd looks for leases that have run out now and then only, and gives all of them more time when its leader changes.
    private readonly BlockJudge _judge = new(registration.Self.Id, options.BlockSettlingTime, proof: options.LeaseTimeToLive * 2);
    private readonly long _began = time.GetTimestamp();
    private IReadOnlyList<string>? _told;

    /// <summary>Runs until this member has to leave.</summary>
    /// <exception cref="OutvotedException">It has to.</exception>
    /// <exception cref="EtcdCallException">There was no answer.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = view.Changes.Next;
            var blocked = blockedMembers();
            var others = view.Registered;
            await TellAsync(others, blocked, cancellationToken).ConfigureAwait(false);
            if (blocked is not null)
            {
                Judge(others, blocked);
            }

            // That a block is lifted, or expires, is no event of Proto.Remote: it is looked for as often as the lease is renewed.
            await changed.WaitAsync(Pause(), time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    // A block list is kept for an hour, and most of what is in it is gone from etcd long before.
    private async Task TellAsync(IReadOnlyList<MemberVoice> others, IReadOnlySet<string>? blocked, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> tell = blocked is null ? [] : [.. others.Select(other => other.Id).Where(blocked.Contains).Order(StringComparer.Ordinal)];
        if (_told is null || !tell.SequenceEqual(_told))
        {
            if (await registration.TellAsync(connection, tell, cancellationToken).ConfigureAwait(false))
            {
                EtcdLog.BlocksTold(log, tell.Count, string.Join(", ", tell));
            }

            _told = tell;
        }
    }

    private void Judge(IReadOnlyList<MemberVoice> others, IReadOnlySet<string> blocked)
    {
        // Without an age of its own, or with members that are waited for after an outage, it would judge by half of what is there.
        IReadOnlyList<MemberVoice> voices = view.OwnRevision is { } own ? [new MemberVoice(registration.Self.Id, own, blocked), .. others] : [];
        if (!_judge.MustLeave(voices, time.GetElapsedTime(_began)))
        {
            return;
        }

        var blockers = others.Where(other => other.Blocks.Contains(registration.Self.Id)).Select(other => other.Id).ToArray();
        var blocks = others.Select(other => other.Id).Where(blocked.Contains).ToArray();
        EtcdLog.Outvoted(log, registration.Self.Id, blockers.Length, voices.Count, string.Join(", ", blockers), blocks.Length, string.Join(", ", blocks));
        throw new OutvotedException($"{blockers.Length} of {voices.Count} members in etcd block it, and it blocks {blocks.Length}");
    }

    private TimeSpan Pause()
    {
        var (longest, shortest) = (options.LeaseTimeToLive / 3, TimeSpan.FromMilliseconds(10));
        var due = _judge.Due - time.GetElapsedTime(_began) ?? longest;
        return due > longest ? longest : due < shortest ? shortest : due;
    }
}
