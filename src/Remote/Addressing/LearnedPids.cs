using Proto;

namespace Remote;

/// <summary>
/// Marks PIDs that other nodes have named, so that it is known when something is sent to one where its address came from. One process stands
/// for all senders with one address and origin: a PID keeps it, and so do the copies that are made of it. Used by the reader of one stream.
/// </summary>
internal sealed class LearnedPids(ActorSystem system, PidResolver resolver)
{
    // A peer names mostly itself; the others are looked up now and then.
    private const int MaxProcesses = 64;

    private readonly Dictionary<(string Address, DialOrigin Origin), RemoteProcess> _processes = [];

    /// <summary>The same PID, which knows its process from here on.</summary>
    public PID Mark(PID pid, DialOrigin origin)
    {
        if (!_processes.TryGetValue((pid.Address, origin), out var process))
        {
            if (_processes.Count >= MaxProcesses)
            {
                _processes.Clear();
            }

            process = new RemoteProcess(system, resolver, new PID(pid.Address, pid.Id), origin);
            _processes.Add((pid.Address, origin), process);
        }

        ProtoActorInternals.SetProcess(pid, process);
        return pid;
    }

    /// <summary>
    /// The same for a PID that is part of a message. It gets a process of its own: a cluster keeps such PIDs, and tells by their processes which
    /// of them are used.
    /// </summary>
    public PID MarkPart(PID pid, DialOrigin origin)
    {
        ProtoActorInternals.SetProcess(pid, new RemoteProcess(system, resolver, pid, origin));
        return pid;
    }
}
