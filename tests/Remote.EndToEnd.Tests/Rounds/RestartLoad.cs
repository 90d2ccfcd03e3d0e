using Proto;
using Remote.TestNode;

namespace Remote.EndToEnd.Tests;

/// <summary>
/// Numbered messages to one actor of a peer, for as long as the test lasts and whatever becomes of the peer. Each says which lives of the peer it
/// may reach. A bounded number is out at a time: the receiver says now and then how much it took.
/// </summary>
internal sealed class RestartLoad : IAsyncDisposable
{
    private const int Senders = 2, WindowBursts = 100;

    private readonly IRootContext _root;
    private readonly PID _target;
    private readonly Lock[] _gates = [.. Enumerable.Range(0, Senders).Select(_ => new Lock())];
    private readonly long[] _sent = new long[Senders];
    private readonly Lock _takenGate = new();
    private readonly Task _sending;
    private volatile Era _era = new(1, 1);
    private volatile bool _stopping;
    private int _awaitedLife;
    private int _awaitedCount;
    private TaskCompletionSource _awaited = new();

    public RestartLoad(TestCoordinator node, PID target)
    {
        _root = node.Root;
        _target = target;
        Pace = node.Root.SpawnNamed(Props.FromFunc(HearAsync), "pace");
        _sending = Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(() => SendAsync(sender))));
    }

    public PID Pace { get; }

    /// <summary>How many messages were sent. Exact after <see cref="StopAsync"/>.</summary>
    public long Sent => _sent.Sum();

    /// <summary>The numbers of all that were sent. After <see cref="StopAsync"/>.</summary>
    public IEnumerable<long> Numbers => _sent.SelectMany((sent, sender) => Enumerable.Range(0, (int)sent).Select(i => Number(sender, i)));

    /// <summary>
    /// What is sent from now on may reach these lives. When it returns nothing is on its way into the endpoint that says otherwise; what is out is
    /// no longer waited for.
    /// </summary>
    public void Begin(int fromLife, int toLife)
    {
        var former = _era;
        foreach (var gate in _gates)
        {
            gate.Enter();
        }

        _era = new Era(fromLife, toLife);
        foreach (var gate in _gates)
        {
            gate.Exit();
        }

        former.Over.Cancel();
    }

    /// <summary>Completes when a life has taken so many messages, counted from now.</summary>
    public Task WhenTakenAsync(int life, int count)
    {
        lock (_takenGate)
        {
            (_awaitedLife, _awaitedCount) = (life, count);
            _awaited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _awaited.Task;
        }
    }

    public async Task StopAsync()
    {
        _stopping = true;
        _era.Over.Cancel();
        await _sending.Within("the end of the load");
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private static long Number(int sender, long index) => (index * Senders) + sender;

    private async Task SendAsync(int sender)
    {
        while (!_stopping)
        {
            var era = _era;
            await era.Room.WaitAsync(era.Over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            lock (_gates[sender])
            {
                // Under the gate: what is stamped with an era is in the endpoint before the era is over.
                if (era != _era)
                {
                    continue;
                }

                for (var i = 0; i < SinkActor.SayEvery && !_stopping; i++)
                {
                    var number = Number(sender, _sent[sender]++);
                    _root.Send(_target, new Numbered { FromLife = era.FromLife, ToLife = era.ToLife, Sender = sender, Number = number });
                }
            }
        }
    }

    private Task HearAsync(IContext context)
    {
        if (context.Message is Taken taken)
        {
            // What was sent in an era that is over may be taken in this one: a little more is out then, no harm.
            _era.Room.Release();
            lock (_takenGate)
            {
                if (taken.Life == _awaitedLife && (_awaitedCount -= taken.Count) <= 0)
                {
                    _awaited.TrySetResult();
                }
            }
        }

        return Task.CompletedTask;
    }

    private sealed class Era(int fromLife, int toLife)
    {
        public int FromLife { get; } = fromLife;

        public int ToLife { get; } = toLife;

        public SemaphoreSlim Room { get; } = new(WindowBursts);

        public CancellationTokenSource Over { get; } = new();
    }
}
