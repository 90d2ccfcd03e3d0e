using System.Globalization;
using Remote;

namespace Backpressure;

/// <summary>One run from the command line to the exit code: flood, let the lane empty, close the books.</summary>
internal sealed class FloodRun(RunOptions options, Screen screen, TimeProvider time)
{
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        await using var consumer = await ConsumerProcess.StartAsync(cancellation);
        screen.Line($"consumer pid {consumer.ProcessId} at {consumer.Address}, takes {options.Take:N0} messages/s");
        screen.Line(Intention());
        await consumer.SetPaceAsync(options.Take);
        await using var node = await ProducerNode.StartAsync(consumer.Address, Lane(), time, cancellation);

        var before = node.Lane;
        var flood = new Flood(node, options, time);
        var sampler = new Sampler(node, flood, () => consumer.Taken, time);
        var work = WorkAsync(flood, node, cancellation);
        await screen.FollowAsync(work, sampler.Next);
        var taken = await work;

        return Report(new Ledger(flood.Offered, flood.Sum, taken, node.Journal.DeadLetters, before, node.Lane));
    }

    private static async Task<Tally> WorkAsync(Flood flood, ProducerNode node, CancellationToken cancellation)
    {
        await flood.RunAsync(cancellation);

        // In a lane that is still full the question would itself be refused.
        await node.NormalAsync().WaitAsync(cancellation);
        return await node.AskAsync(cancellation);
    }

    private EndpointOptions Lane() => new()
    {
        QueueCapacity = options.Capacity,
        Overflow = options.Policy,
        SlowTarget = ProducerNode.SlowTarget,
        // Small batches, so that one can see the lane move.
        BatchSize = Math.Clamp(options.Capacity / 50, 1, 1000),
    };

    private string Intention()
    {
        var how = options.Waits ? "with SendAsync, which waits for room" : $"with Send; when the lane is full: {options.Policy}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"producer offers {options.Rate:N0} messages/s of {options.Size:N0} bytes for {options.Flood.TotalSeconds:N0} s {how}");
    }

    private int Report(Ledger ledger)
    {
        var invariant = CultureInfo.InvariantCulture;
        screen.Line(string.Create(invariant, $"{ledger.Offered,12:N0} offered"));
        screen.Line(string.Create(invariant, $"{ledger.Taken.Taken,12:N0} taken by the consumer, in order"));
        foreach (var (reason, letters) in ledger.DeadLetters)
        {
            screen.Line(string.Create(invariant, $"{letters.Count,12:N0} dead letters: {reason}"));
        }

        var faults = ledger.Faults();
        screen.Line(faults.Count == 0 ? "The ledger closes: nothing was lost in silence." : "THE LEDGER DOES NOT CLOSE:");
        foreach (var fault in faults)
        {
            screen.Line($"  {fault}");
        }

        return faults.Count == 0 ? ExitCode.Right : ExitCode.Wrong;
    }
}
