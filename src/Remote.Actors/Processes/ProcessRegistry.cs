using System.Collections.Concurrent;

namespace Remote.Actors;

/// <summary>The processes of one system by id. All members are thread-safe and hold no lock while they enumerate.</summary>
public sealed class ProcessRegistry
{
    private readonly ActorSystem _actorSystem;
    private readonly ConcurrentDictionary<string, CachedProcess> _processes = new(StringComparer.Ordinal);
    private volatile IProcessResolver? _resolver;
    private long _lastNumber;

    internal ProcessRegistry(ActorSystem actorSystem) => _actorSystem = actorSystem;

    /// <summary>All local processes, with their ids. Those that come or go meanwhile may or may not be included; each id comes at most once.</summary>
    public IEnumerable<KeyValuePair<string, IProcess>> LocalProcesses
    {
        get
        {
            foreach (var (id, entry) in _processes)
            {
                yield return new KeyValuePair<string, IProcess>(id, entry.Process);
            }
        }
    }

    /// <summary>The PIDs of all local processes.</summary>
    public IEnumerable<PID> LocalPids
    {
        get
        {
            foreach (var (id, entry) in _processes)
            {
                yield return new PID(id, entry);
            }
        }
    }

    /// <summary>The local process with an id, or null.</summary>
    /// <param name="id">The id.</param>
    public IProcess? Find(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return _processes.TryGetValue(id, out var entry) && entry.Process.IsAlive ? entry.Process : null;
    }

    /// <summary>The process a PID stands for. Never null: when there is none, the dead-letter process. Remembered on the PID.</summary>
    /// <param name="pid">The PID.</param>
    public IProcess Get(PID pid)
    {
        ArgumentNullException.ThrowIfNull(pid);
        var cached = pid.Cached;
        return cached is not null && ReferenceEquals(cached.ActorSystem, _actorSystem) && cached.Process.IsAlive
            ? cached.Process
            : GetCore(pid);
    }

    /// <summary>How a local process is, read without stopping it; null when there is no such process.</summary>
    /// <param name="id">The id.</param>
    public ProcessDiagnostics? Diagnose(string id) => Find(id) switch
    {
        null => null,
        IDiagnosedProcess process => process.Diagnose(id),
        var process => new ProcessDiagnostics
        {
            Id = id,
            Kind = "process",
            Type = process.GetType().ToString(),
            State = process.IsAlive ? "Alive" : "Stopped",
        },
    };

    /// <summary>Registers a process. A process that has ended and is about to be taken out does not hold its id.</summary>
    /// <param name="id">The id; taken ids are refused.</param>
    /// <param name="process">The process.</param>
    /// <param name="pid">The PID of the new process, or of the one that holds the id.</param>
    /// <returns>False when the id is taken.</returns>
    public bool TryAdd(string id, IProcess process, out PID pid)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        ArgumentNullException.ThrowIfNull(process);
        var entry = new CachedProcess(_actorSystem, process);
        var present = _processes.GetOrAdd(id, entry);
        while (!ReferenceEquals(present, entry) && !present.Process.IsAlive)
        {
            present = _processes.TryUpdate(id, entry, present) ? entry : _processes.GetOrAdd(id, entry);
        }

        pid = new PID(id, present);
        return ReferenceEquals(present, entry);
    }

    /// <summary>Takes a process out. Its id is free afterwards.</summary>
    /// <param name="pid">The PID of a local process.</param>
    /// <returns>False when there was none.</returns>
    public bool Remove(PID pid)
    {
        ArgumentNullException.ThrowIfNull(pid);
        return _processes.TryRemove(pid.Id, out _);
    }

    /// <summary>Takes a process out, unless another one has its id by now.</summary>
    internal void Remove(PID pid, IProcess process)
    {
        if (_processes.TryGetValue(pid.Id, out var present) && ReferenceEquals(present.Process, process))
        {
            _processes.TryRemove(new KeyValuePair<string, CachedProcess>(pid.Id, present));
        }
    }

    /// <summary>Sets who finds processes that are not local. The last one set counts.</summary>
    /// <param name="resolver">The resolver.</param>
    public void SetResolver(IProcessResolver resolver)
    {
        ArgumentNullException.ThrowIfNull(resolver);
        _resolver = resolver;
    }

    /// <summary>An id that no process of this system has, had or will have, and no process of another incarnation either.</summary>
    internal string NextId() => $"${Interlocked.Increment(ref _lastNumber)}-{_actorSystem.IncarnationTag}";

    private IProcess GetCore(PID pid)
    {
        var isLocal = pid.Address.Length == 0 || _actorSystem.IsLocalAddress(pid.Address);
        if (isLocal && _processes.TryGetValue(pid.Id, out var entry))
        {
            pid.Cached = entry;
            return entry.Process;
        }

        var process = _resolver?.Resolve(pid);
        if (process is null)
        {
            return _actorSystem.DeadLetters;
        }

        pid.Cached = new CachedProcess(_actorSystem, process);
        return process;
    }
}
