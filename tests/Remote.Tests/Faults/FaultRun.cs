using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Runs one schedule and checks it.</summary>
internal sealed class FaultRun : IAsyncDisposable
{
    private const int RoundsToSettle = 50;

    private readonly FaultSchedule _schedule;
    private readonly InMemoryNetwork _network = new();
    private readonly SwiftTimeProvider _time = new();
    private readonly MessageLedger _ledger = new();
    private readonly FaultPeer[] _peers;
    private readonly FaultSender[] _senders;
    private TestNode _here = null!;
    private StatisticsSampler _sampler = null!;

    private FaultRun(FaultSchedule schedule)
    {
        _schedule = schedule;
        _peers = [.. Enumerable.Range(0, schedule.Peers).Select(number => new FaultPeer(schedule, number, _network, _time, _ledger))];
        _senders = [.. Enumerable.Range(0, schedule.Senders).Select(number => new FaultSender(schedule, number, _peers, _ledger))];
    }

    /// <summary>Runs a schedule; fails with the schedule in the message.</summary>
    public static async Task<FaultResult> RunAsync(FaultSchedule schedule)
    {
        List<Exception> failures = [];
        var run = new FaultRun(schedule);
        var result = new FaultResult();
        foreach (var step in new[] { () => run.RunAsync(result), () => run.DisposeAsync().AsTask() })
        {
            try
            {
                await step();
            }
            catch (Exception exception)
            {
                // What ends a run badly often keeps its nodes from ending well: both are worth reading.
                failures.Add(exception);
            }
        }

        return failures.Count == 0 ? result : throw new InvalidOperationException($"{schedule}\n{string.Join("\n", failures)}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_here is not null)
        {
            await _here.DisposeAsync();
        }

        foreach (var peer in _peers)
        {
            await peer.DisposeAsync();
        }

        await _network.DisposeAsync();
    }

    private async Task RunAsync(FaultResult result)
    {
        await StartAsync();
        foreach (var phase in _schedule.Phases)
        {
            result.Add(phase.Kind, await RunAsync(phase));
        }

        await SettleAsync();
        await EndAsync(result);
    }

    private async Task StartAsync()
    {
        foreach (var peer in _peers)
        {
            await peer.StartAsync();
        }

        _here = await TestNode.StartAsync(Configure, setup => setup.Random = FaultSchedule.RandomOf(_schedule.Seed, -1), _network, _time, at: "here:0");
        _ledger.Watch(_here.ActorSystem.EventStream, FaultPeer.StampOf);
        _sampler = new StatisticsSampler(_here.Remote);
        _here.ActorSystem.EventStream.Subscribe<object>(_ => _sampler.Signal());
        foreach (var peer in _peers)
        {
            await _here.Remote.WaitForConnectionAsync(peer.Address).Within("the first connection");
        }
    }

    private void Configure(RemoteOptions options)
    {
        options.MaxMessageBytes = FaultSchedule.MaxMessageBytes;
        options.Endpoint.QueueCapacity = _schedule.QueueCapacity;
        options.Endpoint.Overflow = _schedule.Overflow;
        options.Endpoint.BatchSize = _schedule.BatchSize;
        options.Endpoint.MaxBatchBytes = _schedule.MaxBatchBytes;
        options.Reconnect.InitialDelay = TimeSpan.FromMilliseconds(1);
        options.Reconnect.MaxDelay = TimeSpan.FromMilliseconds(20);
        options.Reconnect.MaxAttempts = _schedule.MaxAttempts;
        options.Reconnect.Outage = _schedule.Outage;
        options.Link.Resume = _schedule.Acknowledges;
    }

    /// <summary>Lets all senders send while it strikes.</summary>
    /// <returns>How many messages were under way at that moment.</returns>
    private async Task<long> RunAsync(FaultPhase phase)
    {
        var progress = new FaultProgress(_senders.Length);
        if (phase.Hold)
        {
            OnEachConnection(connection => connection.Stall(NetworkDirection.ToServer));
        }

        var sending = Task.WhenAll(_senders.Select(sender => Task.Run(() => sender.SendAsync(_here.Root, phase.Burst, progress, _sampler))));
        await progress.WaitAsync(phase.At).Within($"{phase.At} offered messages in {phase}");
        var underWay = _ledger.Outstanding;
        await new FaultStrike(_network, _here, _time, _peers[phase.Peer], Release).StrikeAsync(phase, progress).Within($"{phase}");
        Release();
        await sending.Within($"the senders after {phase}, {progress.Offered} offered");
        return underWay;
    }

    private void Release() => OnEachConnection(connection => connection.Resume(NetworkDirection.ToServer));

    private void OnEachConnection(Action<InMemoryConnection> act)
    {
        foreach (var connection in _network.Connections)
        {
            act(connection);
        }
    }

    /// <summary>Waits until a message to each target has arrived, which all before it have then, or never will.</summary>
    private async Task SettleAsync()
    {
        foreach (var peer in _peers)
        {
            _network.Heal(peer.Address);
            for (var index = 0; index < _schedule.Targets; index++)
            {
                await SettleAsync(peer, peer.Target(index));
            }
        }
    }

    private async Task SettleAsync(FaultPeer peer, PID target)
    {
        var flow = _ledger.Open("the end", target.ToString());
        for (var round = 0; round < RoundsToSettle; round++)
        {
            using var events = new EventProbe(_here.ActorSystem.EventStream);
            var stamp = flow.Next();
            try
            {
                await _here.Remote.WaitForConnectionAsync(peer.Address).Within($"a connection to {peer.Address} in the end");
                await _here.Root.SendAsync(target, new BytesValue { Value = FaultPeer.Payload(stamp, 0) }).AsTask().Within($"room for the last message to {target}");
            }
            catch (RemoteException exception)
            {
                // The endpoint may have been closed before the message was offered. Its dead letter, if there is one, is on its way before the exception.
                await _here.PublishedAsync<DeadLetterEvent>();
                if (!_ledger.IsSettled(stamp))
                {
                    _ledger.Withdraw(stamp);
                }

                if (exception.Error == RemoteError.EndpointClosed)
                {
                    // It refused what came while it was ending; until it has ended it would refuse again.
                    await events.NextAsync<EndpointTerminated>(ended => ended.Address == peer.Address);
                }

                // The quarantine after it, if there is one.
                _time.Advance(TimeSpan.FromSeconds(3));
                continue;
            }

            await await Task.WhenAny(_ledger.WaitForAsync(stamp), events.NextAsync<EndpointUnconfirmed>(lost => lost.Address == peer.Address));
            if (_ledger.IsDelivered(stamp))
            {
                return;
            }
        }

        Assert.Fail($"No message reaches {target}, though everything is healed. {_here.Remote.GetEndpointStatistics(peer.Address)}");
    }

    private async Task EndAsync(FaultResult result)
    {
        await _here.Remote.ShutdownAsync().Within("the sender's shutdown");
        foreach (var peer in _peers)
        {
            await peer.StopAsync();
        }

        var statistics = await _sampler.CompleteAsync();
        Assert.True(_sampler.Fault is null, _sampler.Fault);
        var verdict = _ledger.Judge();
        Assert.True(verdict.Foreign == 0, $"Messages of nobody: {verdict}");
        foreach (var peer in _peers)
        {
            var counted = verdict.Where(flow => flow.Target.StartsWith(peer.Address, StringComparison.Ordinal));
            LedgerCheck.Verify(statistics.Single(endpoint => endpoint.Address == peer.Address), counted, _schedule.Acknowledges);
        }

        result.Complete(verdict, _sampler.Snapshots, _here.Events.Of<EndpointReconnecting>(), statistics);
    }
}
