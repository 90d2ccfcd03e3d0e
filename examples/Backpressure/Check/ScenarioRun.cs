using Google.Protobuf;
using Proto;
using Remote;

namespace Backpressure;

/// <summary>Plays one scenario with exact numbers: the consumer stands still while the lane fills, and goes when it is full.</summary>
internal sealed class ScenarioRun(Scenario scenario, ConsumerProcess consumer, TimeProvider time)
{
    // The consumer has the first in its hands, and the second waits there. The third has no room, whatever the two nodes tell each other: the window
    // is 16 MiB, and half of it may be lent for the neighbours of a slow actor. From then on nothing leaves the lane.
    private const int PlugBytes = 15 * 1024 * 1024;
    private const int PlugsThatLeave = 2;

    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);

    private static readonly (BackpressureLevel Level, int Length)[] Expected =
    [
        (BackpressureLevel.Warning, 60),
        (BackpressureLevel.Critical, 85),
        (BackpressureLevel.Warning, 80),
        (BackpressureLevel.Normal, 55),
    ];

    private readonly List<string> _faults = [];
    private long _number;

    /// <summary>Everything that was not as it must be.</summary>
    public async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellation)
    {
        // One message a batch, so that the lane empties in steps of one and every crossing has its exact length.
        var lane = new EndpointOptions { QueueCapacity = Scenario.Capacity, Overflow = scenario.Policy, SlowTarget = ProducerNode.SlowTarget, BatchSize = 1 };
        await consumer.SetPaceAsync(Pace.Stopped);
        await using var node = await consumer.ReachAsync(() => ProducerNode.StartAsync(consumer.Address, lane, time, cancellation), time, cancellation);
        var before = node.Lane;
        await PlugAsync(node, cancellation);
        var sends = Fill(node);
        await Step(node.Journal.ChangesAsync(2), "the lane is at its critical level", node);
        Expect("messages in the full lane", scenario.Fullest, node.Lane.QueueLength);
        Expect("calls that wait", scenario.Waiters, node.Lane.Waiters);
        Expect("dead letters", scenario.Dead, node.Journal.DeadLetters.GetValueOrDefault(scenario.Reason).Count);

        await consumer.SetPaceAsync(Pace.Unlimited);
        await Step(sends, "every SendAsync found room", node);
        await Step(node.Journal.ChangesAsync(Expected.Length), "the lane is at its normal level again", node);
        var taken = await Step(node.AskAsync(cancellation), "the consumer's tally", node);
        Conclude(node, new Ledger(_number, _number * (_number + 1) / 2, taken, Asked: true, node.Journal.DeadLetters, before, node.Lane));
        return _faults;
    }

    private async Task PlugAsync(ProducerNode node, CancellationToken cancellation)
    {
        var payload = ByteString.CopyFrom(new byte[PlugBytes]);
        for (var i = 0; i < scenario.Plugs; i++)
        {
            node.Send(Next(payload));
        }

        using var timeout = new CancellationTokenSource(Ceiling, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        while (node.Lane.QueueLength > scenario.Plugs - PlugsThatLeave)
        {
            if (consumer.Ended.IsCompleted)
            {
                throw consumer.Lost;
            }

            if (timeout.IsCancellationRequested)
            {
                throw new ConsumerException($"{scenario.Name}: the connection was not plugged within {Ceiling.TotalSeconds} s: {node.Lane}");
            }

            await Task.Delay(Look, time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    // On top of the large parcels that are stuck.
    private Task Fill(ProducerNode node)
    {
        var sends = new List<Task>();
        for (var i = 0; i < Scenario.Parcels - (scenario.Plugs - PlugsThatLeave); i++)
        {
            var parcel = Next(ByteString.Empty);
            if (scenario.Waits)
            {
                sends.Add(node.SendAsync(parcel).AsTask());
            }
            else
            {
                node.Send(parcel);
            }
        }

        return Task.WhenAll(sends);
    }

    private void Conclude(ProducerNode node, Ledger ledger)
    {
        var changes = node.Journal.Changes.Select(change => (change.Level, change.Length)).ToArray();
        if (!changes.SequenceEqual(Expected))
        {
            _faults.Add($"{scenario.Name}: expected the changes {string.Join(", ", Expected)}, seen {string.Join(", ", changes)}");
        }

        Expect("dead letters in all", scenario.Dead, ledger.Dead);
        _faults.AddRange(ledger.Faults().Select(fault => $"{scenario.Name}: {fault}"));
    }

    private Parcel Next(ByteString payload) => new() { Sender = 1, Number = ++_number, Payload = payload };

    private void Expect(string what, long expected, long seen)
    {
        if (expected != seen)
        {
            _faults.Add(FormattableString.Invariant($"{scenario.Name}: {what}: expected {expected}, seen {seen}"));
        }
    }

    private async Task Step(Task task, string expected, ProducerNode node) => await Step(Nothing(task), expected, node);

    private async Task<T> Step<T>(Task<T> task, string expected, ProducerNode node)
    {
        try
        {
            await Task.WhenAny(task, consumer.Ended).WaitAsync(Ceiling, time);
            return task.IsCompletedSuccessfully || !consumer.Ended.IsCompleted ? await task : throw consumer.Lost;
        }
        catch (TimeoutException)
        {
            throw new ConsumerException($"{scenario.Name}: expected within {Ceiling.TotalSeconds} s: {expected}. Seen: {node.Lane}");
        }
        catch (Exception exception) when (exception is RemoteException or DeadLetterException)
        {
            // The connection is gone a moment before the news comes that the process has ended.
            await consumer.Ended.WaitAsync(Ceiling, time);
            throw consumer.Lost;
        }
    }

    private static async Task<bool> Nothing(Task task)
    {
        await task;
        return true;
    }
}
