using System.Diagnostics;

namespace Remote.Actors;

/// <summary>The one process that takes the answers to all requests of a system. The request id on the PID says which request is meant.</summary>
/// <remarks>
/// Its id differs between incarnations, and request ids run through all 32 bits before one returns: an answer for a former life, or a late one,
/// cannot complete a request of this one.
/// </remarks>
internal sealed class FutureProcess : IProcess, IDiagnosedProcess
{
    // Requests come from many threads and consecutive ids lie in different shards, so two threads rarely meet. A power of two.
    private const int ShardCount = 64;

    private readonly ActorSystem _actorSystem;
    private readonly FutureShard[] _shards = new FutureShard[ShardCount];
    private readonly RequestDeadlines _deadlines;
    private uint _lastId;

    public FutureProcess(ActorSystem actorSystem, uint firstId)
    {
        _actorSystem = actorSystem;
        _lastId = firstId;
        _deadlines = new RequestDeadlines(this, actorSystem.TimeProvider);
        for (var i = 0; i < ShardCount; i++)
        {
            _shards[i] = new FutureShard();
        }
    }

    public PID Pid { get; set; } = new("", "$future");

    /// <summary>The number given last. Settable because 2^32 requests are too many for a test.</summary>
    internal uint LastId
    {
        get => Volatile.Read(ref _lastId);
        set => Volatile.Write(ref _lastId, value);
    }

    public bool IsAlive => true;

    public bool AcceptsRemoteMessages => true;

    public int PendingCount => _shards.Sum(shard => shard.Count);

    public IEnumerable<PendingRequest> Pending => _shards.SelectMany(shard => shard.Snapshot());

    /// <summary>Registers a request and gives it an id that no other pending request has.</summary>
    public void Add(PendingRequest request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        // The deadline comes first: the shard's lock then orders it before any scan for expired requests.
        var isTimed = timeout != Timeout.InfiniteTimeSpan;
        if (isTimed)
        {
            _deadlines.Set(request, timeout);
        }

        uint id;
        do
        {
            id = Interlocked.Increment(ref _lastId);
            request.Begin(this, Pid.WithRequestId(id));
        }
        while (id == 0 || !Shard(id).TryAdd(id, request));

        if (isTimed)
        {
            _deadlines.Arm(request);
        }

        if (cancellationToken.CanBeCanceled)
        {
            request.CancelWith(cancellationToken);
        }
    }

    /// <summary>Whether a PID is that of a request made here that has been answered, or given up, meanwhile.</summary>
    public bool IsOver(PID sender) =>
        sender.RequestId != 0 && sender.Id == Pid.Id && sender.Address.Length == 0 && !Shard(sender.RequestId).Contains(sender.RequestId);

    /// <summary>Fails everything that waits, and leaves no timer behind.</summary>
    public void FailAll(DeadLetterReason reason)
    {
        foreach (var request in Pending)
        {
            Remove(request.Pid.RequestId)?.Fail(new DeadLetterException(request.Target ?? request.Pid, reason));
        }

        _deadlines.Refresh();
    }

    /// <summary>Takes a request out. Whoever succeeds completes it, so it is completed once.</summary>
    public PendingRequest? Remove(uint id) => Shard(id).Remove(id);

    public void SendUserMessage(PID target, in MessageEnvelope envelope)
    {
        if (Remove(target.RequestId) is { } request)
        {
            request.Answer(in envelope);
            envelope.ReportTaken();
        }
        else if (envelope.Message is DeadLetterResponse or Terminated)
        {
            envelope.ReportTaken();
        }
        else
        {
            _actorSystem.DeadLetters.Publish(target, in envelope, DeadLetterReason.NoSuchProcess);
        }
    }

    public ValueTask SendUserMessageAsync(PID target, MessageEnvelope envelope, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        SendUserMessage(target, in envelope);
        return ValueTask.CompletedTask;
    }

    public void SendSystemMessage(PID target, SystemMessage message)
    {
        switch (message)
        {
            case Terminated:
                Remove(target.RequestId)?.Answer(new MessageEnvelope(message));
                break;
            case Watch watch:
                // A request is over when it is answered; nobody can watch that.
                _actorSystem.DeadLetters.Publish(target, watch, DeadLetterReason.NoSuchProcess);
                break;
            case Stop:
                Remove(target.RequestId)?.Fail(new DeadLetterException(target, DeadLetterReason.Stopped));
                break;
            default:
                Debug.Assert(message is Unwatch, "no other system message is sent to a future");
                break;
        }
    }

    public ProcessDiagnostics Diagnose(string id) =>
        new() { Id = id, Kind = "future", Type = nameof(FutureProcess), State = "Alive", UserMessages = PendingCount };

    private FutureShard Shard(uint id) => _shards[id & (ShardCount - 1)];
}
