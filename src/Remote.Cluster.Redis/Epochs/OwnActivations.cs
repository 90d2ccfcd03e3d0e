using System.Collections.Concurrent;
using Proto;

namespace Remote.Cluster.Redis;

/// <summary>
/// What this process has stored and not removed: the only memory there is when Redis has lost its own. One entry for each activation of this
/// process, so it grows with them. It may know more than Redis does until the next check: others may remove what is ours. Safe for many threads.
/// </summary>
internal sealed class OwnActivations
{
    private readonly ConcurrentDictionary<string, OwnActivation> _byName = new(StringComparer.Ordinal);

    // Until their actors have stopped, which is told as the removal of an activation: it must not remove that of a successor.
    private readonly ConcurrentDictionary<string, OwnActivation> _lost = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, bool> _members = new(StringComparer.Ordinal);

    public ICollection<OwnActivation> All => _byName.Values;

    public void Add(OwnActivation activation) => _byName[activation.Name] = activation;

    /// <summary>Also one that was lost.</summary>
    public OwnActivation? Find(string name, PID pid) => Find(_byName, name, pid) ?? Find(_lost, name, pid);

    /// <summary>Only this very one; a newer of the same name stays.</summary>
    public void Remove(OwnActivation activation)
    {
        var entry = KeyValuePair.Create(activation.Name, activation);
        _byName.TryRemove(entry);
        _lost.TryRemove(entry);
    }

    /// <summary>This one has lost its identity. False when it is not there any more.</summary>
    public bool Lose(OwnActivation activation)
    {
        // Known as lost before it is forgotten, so that it is found at any time.
        _lost[activation.Name] = activation;
        if (_byName.TryRemove(KeyValuePair.Create(activation.Name, activation)))
        {
            return true;
        }

        _lost.TryRemove(KeyValuePair.Create(activation.Name, activation));
        return false;
    }

    /// <summary>Members of this process: those that have stored, or tried to. One, outside tests.</summary>
    public void AddMember(string memberId) => _members.TryAdd(memberId, true);

    public string[] Members => [.. _members.Keys];

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

    private static OwnActivation? Find(ConcurrentDictionary<string, OwnActivation> among, string name, PID pid) =>
        among.TryGetValue(name, out var found) && found.Pid.Id == pid.Id && found.Pid.Address == pid.Address ? found : null;
}
