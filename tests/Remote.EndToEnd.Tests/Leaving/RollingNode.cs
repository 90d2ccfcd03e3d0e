using Proto;
using Remote.TestNode;

namespace Remote.EndToEnd.Tests;

/// <summary>One address, the lives of a peer that follow each other there, each leaving in good order, and a load that never stops.</summary>
internal sealed class RollingNode : IAsyncDisposable
{
    // Before each restart the load goes on for so long.
    private const int BetweenRestarts = 5_000;

    // A load, not a flood: what is looked at is who gets the messages, not how many there can be. Who is refused pauses too, for it would be refused a
    // million times in a second.
    private const int Burst = 50;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private readonly TestCoordinator _node;
    private readonly int _sender;
    private readonly PeerPlace _place = PeerPlace.Next();
    private readonly TemporaryFolder _folder = new();
    private readonly DeadLetterBook _letters;
    private readonly PID _sink;
    private readonly Lock _gate = new();
    private PeerProcess _peer = PeerProcess.Start(life: 1);
    private Task _sending = Task.CompletedTask;
    private volatile bool _stopping;
    private long _sent;
    private long _checked;
    private (long Count, TaskCompletionSource Reached) _awaited = (long.MaxValue, new());

    private RollingNode(TestCoordinator node, int sender)
    {
        _node = node;
        _sender = sender;
        _letters = new DeadLetterBook(node.System, _place.Address);
        _sink = new PID(_place.Address, SinkActor.Name);
    }

    public static async Task<RollingNode> StartAsync(TestCoordinator node, int sender)
    {
        var rolling = new RollingNode(node, sender);
        await rolling.ListenAsync(rolling._peer);
        await node.AskAsync(rolling._sink, life: 1);
        rolling._sending = Task.Run(rolling.SendAsync);
        return rolling;
    }

    /// <summary>The present life leaves under load and the next one takes its place.</summary>
    public async Task RestartAsync()
    {
        var next = PeerProcess.Start(_peer.Life + 1);
        try
        {
            // 1. Under load, with a connection that stands.
            await WhenSentAsync(BetweenRestarts).Within($"the load on life {_peer.Life}");
            await AskAsync();
            var accepted = Volatile.Read(ref _sent);
            await _peer.LeaveAsync();

            // 2. Whatever was accepted before it was told to leave is with it, not with its successor.
            using (var ledger = Ledger.Open(_folder.Of("ledger")))
            {
                Check(ledger, accepted);
            }

            await _peer.DisposeAsync();
            _peer = next;
        }
        catch (Exception exception)
        {
            if (_peer != next)
            {
                await next.DisposeAsync();
            }

            throw new InvalidOperationException($"{_place.Address}, life {_peer.Life}: {exception.Message}\n{_peer.Describe()}", exception);
        }

        await ListenAsync(_peer);
        await _node.Remote.WaitForConnectionAsync(_place.Address).Within($"a connection to life {_peer.Life}");
        await AskAsync();
    }

    /// <summary>Compares everything that was sent with what arrived and what died.</summary>
    /// <returns>Figures for a person.</returns>
    public async Task<string> FinishAsync()
    {
        _stopping = true;
        await _sending.Within("the end of the load");

        // After everything that was sent before it.
        await AskAsync();
        using var ledger = Ledger.Open(_folder.Of("ledger"));
        Check(ledger, _sent);
        Assert.Equal((0L, 0L), (ledger.Doubled, ledger.Disordered));
        Assert.Empty(_letters.Faults);
        var statistics = _node.Remote.GetEndpointStatistics(_place.Address)!;
        Assert.True(statistics.DeadLetters.Values.Sum() == 0, $"Messages died that had been accepted: {string.Join(", ", statistics.DeadLetters)}");
        return $"{_place.Address}: {_sent} sent, {ledger.Received} received, refused {string.Join(", ", _letters.ByReason)}";
    }

    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        await _sending.Within("the end of the load");
        await _peer.DisposeAsync();
        _folder.Dispose();
    }

    private Task ListenAsync(PeerProcess peer) => peer.ListenAsync(_place, $"ledger={_folder.Of("ledger")}");

    private async Task AskAsync()
    {
        while (true)
        {
            try
            {
                Assert.Equal(_peer.Life, (await _node.AskAsync(_sink, _peer.Life)).AnsweredBy);
                return;
            }
            catch (DeadLetterException)
            {
                Assert.Equal(nameof(DeadLetterReason.QueueFull), await _letters.NextQuestionAsync());

                // The load has filled the lane while nobody listened; there is room again in a moment.
                await Task.Yield();
            }
        }
    }

    /// <summary>Every message up to this one, from where the last check ended, arrived or was refused.</summary>
    private void Check(Ledger ledger, long end)
    {
        for (; _checked < end; _checked++)
        {
            var reason = _letters.ReasonOf(_checked);
            Assert.True(ledger.IsReceived(_checked) == reason is null, $"{_checked} of {end}: received {ledger.IsReceived(_checked)}, dead letter {reason}");
        }
    }

    private async Task SendAsync()
    {
        while (!_stopping)
        {
            try
            {
                await _node.Root.SendAsync(_sink, new Numbered { FromLife = 1, ToLife = int.MaxValue, Sender = _sender, Number = _sent });
            }
            catch (RemoteException failure) when (failure.Error == RemoteError.EndpointClosed)
            {
                await Task.Delay(Pause, TimeProvider.System);
            }

            Count();
            if (_sent % Burst == 0)
            {
                await Task.Delay(Pause, TimeProvider.System);
            }
        }
    }

    private void Count()
    {
        lock (_gate)
        {
            if (++_sent >= _awaited.Count)
            {
                _awaited.Reached.TrySetResult();
            }
        }
    }

    private Task WhenSentAsync(int more)
    {
        lock (_gate)
        {
            _awaited = (_sent + more, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            return _awaited.Reached.Task;
        }
    }
}
