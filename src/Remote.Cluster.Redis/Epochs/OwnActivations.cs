using System.Collections.Concurrent;
using Proto;

namespace Remote.Cluster.Redis;

/// <summary>
/// What this process has stored and not removed: the only memory there is when Redis has lost its own. One entry for each activation of this
/// process, so it grows with them. It may know more than Redis does: when another member removes an activation of ours, nobody tells us. Safe for many threads.
/// </summary>
internal sealed class OwnActivations
{
    private readonly ConcurrentDictionary<string, OwnActivation> _byName = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, bool> _members = new(StringComparer.Ordinal);

    public ICollection<OwnActivation> All => _byName.Values;

    public void Add(OwnActivation activation) => _byName[activation.Name] = activation;

    public OwnActivation? Find(string name, PID pid) =>
        _byName.TryGetValue(name, out var found) && found.Pid.Id == pid.Id && found.Pid.Address == pid.Address ? found : null;

    /// <summary>Only this very one; a newer of the same name stays.</summary>
    public bool Remove(OwnActivation activation) => _byName.TryRemove(KeyValuePair.Create(activation.Name, activation));

    /// <summary>Members of this process: those that have stored, or tried to. One, outside tests.</summary>
    public void AddMember(string memberId) => _members.TryAdd(memberId, true);

    /// <summary>Forgets all of it; says whether it is a member of this process.</summary>
    public bool RemoveMember(string memberId)
    {
        foreach (var activation in _byName.Values)
        {
            if (activation.MemberId == memberId)
            {
                Remove(activation);
            }
        }

        return _members.ContainsKey(memberId);
    }
}
