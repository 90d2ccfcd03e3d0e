using System.Collections.Immutable;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Remote.Actors;

/// <summary>A world of actors: their processes, their event stream, their clock. All members are thread-safe.</summary>
public sealed class ActorSystem : IAsyncDisposable
{
    // Two systems meet with equal tags once in 2^48 starts.
    private const int TagLength = 12;

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _guardiansLock = new();
    private readonly Lazy<Task> _shutdown;
    private readonly Func<Random> _randomFactory;
    private readonly long _deadlineTolerance;
    private ImmutableDictionary<SupervisorStrategy, GuardianProcess> _guardians = ImmutableDictionary<SupervisorStrategy, GuardianProcess>.Empty;
    private volatile Func<string, bool>? _isLocalAddress;
    private Func<PID, string?, PID>? _portable;
    private volatile string _address = "";

    /// <summary>Creates a system.</summary>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="ArgumentException">Options are out of range; the message names all of them.</exception>
    public ActorSystem(ActorSystemOptions? options = null)
    {
        options ??= new ActorSystemOptions();
        options.Validate();
        TimeProvider = options.TimeProvider;
        LoggerFactory = options.LoggerFactory;
        Logger = LoggerFactory.CreateLogger("Remote.Actors");
        _randomFactory = options.RandomFactory;
        ShutdownTimeout = options.ShutdownTimeout;
        SendTimeout = options.SendTimeout;
        MaxSendWaiters = options.MaxSendWaiters;
        _deadlineTolerance = (long)options.DeadlineTolerance.TotalMilliseconds;
        Id = RandomNumberGenerator.GetHexString(32, lowercase: true);
        IncarnationTag = Id[..TagLength];
        EventStream = new EventStream(this, Logger);
        Processes = new ProcessRegistry(this);
        DeadLetters = new DeadLetterProcess(this, Logger);
        DeadLetters.Pid = Register(DeadLetterProcess.ProcessId, DeadLetters);
        Register(EventStreamProcess.ProcessId, new EventStreamProcess(this));
        Futures = new FutureProcess(this, firstId: BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4)));
        Futures.Pid = Register("$future-" + IncarnationTag, Futures);
        Root = new RootContext(this);
        _shutdown = new Lazy<Task>(ShutdownCoreAsync);
    }

    /// <summary>The id of this incarnation: 32 lower-case hexadecimal characters, random.</summary>
    public string Id { get; }

    /// <summary>Where other nodes reach this system; empty until remoting has started.</summary>
    public string Address => _address;

    /// <summary>The context for code outside actors.</summary>
    public IRootContext Root { get; }

    /// <summary>The local processes.</summary>
    public ProcessRegistry Processes { get; }

    /// <summary>What happens in this system.</summary>
    public EventStream EventStream { get; }

    /// <summary>Where messages end that nobody can take.</summary>
    public DeadLetterProcess DeadLetters { get; }

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; }

    /// <summary>Where log messages go.</summary>
    public ILoggerFactory LoggerFactory { get; }

    /// <summary>Cancelled when shutdown begins.</summary>
    public CancellationToken Stopping => _stopping.Token;

    internal ILogger Logger { get; }

    internal FutureProcess Futures { get; }

    /// <summary>Whether the deadline of a message is over. Without headers, which is nearly always, that is one comparison.</summary>
    internal bool IsExpired(MessageHeaders? headers) =>
        headers is not null && headers.HasDeadline && headers.IsOverAt(TimeProvider.GetUtcNow().ToUnixTimeMilliseconds() - _deadlineTolerance);

    internal TimeSpan ShutdownTimeout { get; }

    internal TimeSpan SendTimeout { get; }

    internal int MaxSendWaiters { get; }

    /// <summary>Random characters of the system id that make ids of this incarnation differ from those of another one.</summary>
    internal string IncarnationTag { get; }

    /// <summary>Whether an address means this system: the empty one, its own, or an alias that remoting knows of.</summary>
    /// <param name="address">The address.</param>
    public bool IsLocalAddress(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.Length == 0 || address == _address || (_isLocalAddress?.Invoke(address) ?? false);
    }

    /// <summary>Stops all actors, children before parents, and fails pending requests. Idempotent: every call returns the same task.</summary>
    /// <remarks>Waits for actors at most <see cref="ActorSystemOptions.ShutdownTimeout"/>. Later spawns fail, later messages are dead letters.</remarks>
    public Task ShutdownAsync() => _shutdown.Value;

    /// <summary>The same as <see cref="ShutdownAsync"/>.</summary>
    public async ValueTask DisposeAsync() => await ShutdownAsync().ConfigureAwait(false);

    /// <summary>Sets the advertised address. Called by remoting when it has started.</summary>
    internal void SetAddress(string address) => _address = address;

    /// <summary>Sets which other addresses mean this system.</summary>
    internal void SetAliases(Func<string, bool> isLocalAddress) => _isLocalAddress = isLocalAddress;

    /// <summary>Sets how a PID is written for others. Called by remoting when it has started.</summary>
    internal void SetPortable(Func<PID, string?, PID> portable) => _portable = portable;

    /// <summary>A PID as other nodes may use it; the same without remoting, where there are no others.</summary>
    internal PID Portable(PID pid, string? server) => _portable?.Invoke(pid, server) ?? pid;

    internal Random CreateRandom() => _randomFactory();

    internal GuardianProcess Guardian(SupervisorStrategy strategy)
    {
        if (_guardians.TryGetValue(strategy, out var guardian))
        {
            return guardian;
        }

        lock (_guardiansLock)
        {
            if (!_guardians.TryGetValue(strategy, out guardian))
            {
                if (Stopping.IsCancellationRequested)
                {
                    throw ActorSpawner.ShuttingDown(strategy.GetType().Name);
                }

                guardian = new GuardianProcess(this, strategy);
                guardian.Pid = Register($"$guardian{_guardians.Count + 1}-{IncarnationTag}", guardian);
                _guardians = _guardians.Add(strategy, guardian);
            }

            return guardian;
        }
    }

    internal void SendSystem(PID target, SystemMessage message) => Processes.Get(target).SendSystemMessage(target, message);

    internal void SendSystem(IEnumerable<PID> targets, SystemMessage message)
    {
        foreach (var target in targets)
        {
            SendSystem(target, message);
        }
    }

    private PID Register(string id, IProcess process)
    {
        Processes.TryAdd(id, process, out var pid);
        return pid;
    }

    private async Task ShutdownCoreAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        GuardianProcess[] guardians;
        lock (_guardiansLock)
        {
            guardians = [.. _guardians.Values];
        }

        foreach (var guardian in guardians)
        {
            guardian.Close();
        }

        try
        {
            await Task.WhenAll(guardians.Select(guardian => guardian.WaitUntilEmptyAsync())).WaitAsync(ShutdownTimeout, TimeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            ActorLog.ShutdownIncomplete(Logger, guardians.Sum(guardian => guardian.Children.Count), ShutdownTimeout);
        }

        Futures.FailAll(DeadLetterReason.Shutdown);
    }
}
