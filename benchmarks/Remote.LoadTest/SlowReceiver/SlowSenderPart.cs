using System.Collections;
using System.Text.Json;
using Google.Protobuf;
using Proto;

namespace Remote.LoadTest;

/// <summary>What the sending process says after the flood.</summary>
internal sealed record SlowSenderReport(
    long Offered, long DeadLetters, long Waits, double PeakMiB, IReadOnlyList<string> Problems, IReadOnlyList<Sample> Samples);

/// <summary>The sending process of <c>slow-receiver</c>: one producer that floods the slow actor.</summary>
internal sealed class SlowSenderPart(SlowPlan plan) : IPart
{
    public const string Name = "slow-receiver-sender";

    /// <summary>The commands to flood, and to measure the neighbours.</summary>
    public const string Flood = "flood", Neighbours = "neighbours";

    private readonly BitArray _dead = new(plan.Messages + 1);
    private long _deadTwice;
    private PartNode? _node;
    private Sampler? _sampler;

    public async Task<string> StartAsync()
    {
        _node = await PartNode.StartAsync(options =>
        {
            options.Endpoint.QueueCapacity = plan.Capacity;
            options.SendTimeout = plan.Ceiling;
        });
        _node.OnDeadLetter = Bury;
        _sampler = new Sampler(() => _node.Remote.GetEndpointStatistics(plan.Receiver) is { } at ? (at.QueueLength, at.Retained) : default);
        foreach (var address in plan.Others.Append(plan.Receiver))
        {
            await _node.System.Root.RequestAsync<Touched>(new PID(address, SlowPlan.Fast), new Touch(), plan.Ceiling);
        }

        return _node.Remote.Address;
    }

    public async Task<string?> AnswerAsync(string command)
    {
        switch (command)
        {
            case SlowReceiverPart.Idle:
                _sampler!.Start();
                return JsonSerializer.Serialize(Memory.ResidentMiB);
            case Flood:
                return JsonSerializer.Serialize(await FloodAsync());
            case Neighbours:
                return JsonSerializer.Serialize(await new NeighbourMeasurement(_node!, plan).RunAsync());
            default:
                return Describe().ReplaceLineEndings(" | ");
        }
    }

    public string Describe() => $"{Name} {_node?.Describe()}";

    public async ValueTask DisposeAsync()
    {
        if (_node is not null)
        {
            await _node.DisposeAsync();
        }
    }

    private async Task<SlowSenderReport> FloodAsync()
    {
        using var timeout = new CancellationTokenSource(plan.Ceiling);
        var (root, target) = (_node!.System.Root, new PID(plan.Receiver, SlowPlan.Slow));
        long waits = 0;
        for (var number = 1; number <= plan.Messages; number++)
        {
            // Each with bytes of its own: what waits shall weigh what it weighs in an application.
            var message = new Numbered { Number = (ulong)number, Data = UnsafeByteOperations.UnsafeWrap(new byte[SlowPlan.MessageBytes]) };
            if (!plan.Waits)
            {
                root.Send(target, message);
                continue;
            }

            var sending = root.SendAsync(target, message, timeout.Token);
            waits += sending.IsCompleted ? 0 : 1;
            await sending;
        }

        var settled = await _node.SettleAsync(plan.Receiver, timeout.Token);
        return new SlowSenderReport(
            plan.Messages, _node.DeadLetters, waits, Memory.PeakMiB, [.. Problems(settled)], await _sampler!.StopAsync());
    }

    private IEnumerable<string> Problems(bool settled)
    {
        if (!settled)
        {
            yield return "Not everything was acknowledged in time.";
        }

        if (Interlocked.Read(ref _deadTwice) is > 0 and var twice)
        {
            yield return $"{twice} dead letters were not the first of their message.";
        }

        var ledger = _node!.Remote.GetEndpointStatistics(plan.Receiver)!;
        var given = ledger.Acknowledged + ledger.Written + ledger.DeadLetters.Values.Sum() + ledger.Moved + ledger.QueueLength + ledger.Retained;
        if (ledger.Offered != ledger.Accepted + ledger.Refused.Values.Sum() || ledger.Accepted != given)
        {
            yield return $"The ledger is open: {JsonSerializer.Serialize(ledger)}";
        }
    }

    private void Bury(Numbered message)
    {
        // The producer's own thread, or that of the writer.
        lock (_dead)
        {
            var number = (int)message.Number;
            _deadTwice += _dead[number] ? 1 : 0;
            _dead[number] = true;
        }
    }
}
