using Proto;

namespace Twins.Losses;

/// <summary>Sends to a peer that is there and does not read.</summary>
internal static class StoppedReader
{
    // More than a million: queues of that length count as bounded, if they end there.
    private const int Step = 1_100_000, Steps = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task RunAsync()
    {
        await using var receiver = await ReceiverProcess.StartAsync();
        await using var system = await Nodes.StartAsync();
        var reported = 0;
        system.EventStream.Subscribe<DeadLetterEvent>(letter => Interlocked.Add(ref reported, letter.Message is Numbered ? 1 : 0));
        await system.Root.RequestAsync<Pong>(receiver.Actor, new Ping(), Patience);
        using var stopped = await StoppedProcess.StopAsync(receiver.ProcessId);
        var start = GC.GetTotalMemory(forceFullCollection: true);
        var memory = new long[Steps];
        for (var step = 0; step < Steps; step++)
        {
            Send(system, receiver.Actor);
            memory[step] = GC.GetTotalMemory(forceFullCollection: true) - start;
        }

        Console.WriteLine($"sent: {Steps} times {Step} messages to a peer that does not read");
        Console.WriteLine($"reported: {(reported == 0 ? "none" : "what did not fit")}");
        Console.WriteLine($"memory: {(memory[^1] > memory[0] * 2 ? "unbounded" : "bounded")}");
        await Console.Error.WriteLineAsync(string.Join(", ", memory.Select(bytes => $"{bytes >> 20} MiB")));
    }

    private static void Send(ActorSystem system, PID target)
    {
        for (var i = 0; i < Step; i++)
        {
            system.Root.Send(target, new Numbered { Number = i });
        }
    }
}
