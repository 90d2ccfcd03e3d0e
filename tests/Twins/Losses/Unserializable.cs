using Proto;
using Proto.Remote;

namespace Twins.Losses;

/// <summary>One message that cannot be serialized, in the middle of a hundred that can.</summary>
internal static class Unserializable
{
    private const int Count = 100, Bad = 50, Fillers = 6;

    private static readonly TimeSpan BetweenFillers = TimeSpan.FromMilliseconds(20);

    /// <summary>No serializer can write a <see cref="Type"/>.</summary>
    private sealed record Description(Type What);

    public static async Task RunAsync()
    {
        var ledger = new Ledger(Count + 1);
        var reports = 0;
        await using var sender = await Nodes.StartAsync();
        ledger.Follow(sender);
        sender.EventStream.Subscribe<DeadLetterEvent>(letter => Interlocked.Add(ref reports, letter.Message is Description ? 1 : 0));

        // Nobody listens there yet, so everything waits at the sender.
        var port = Nodes.FreePort();
        var target = PID.FromAddress($"{RemoteConfig.Localhost}:{port}", "ledger");
        await FillAsync(sender, target);
        for (var number = 0; number < Count; number++)
        {
            sender.Root.Send(target, number == Bad ? new Description(typeof(string)) : new Numbered { Number = number });
        }

        // The actor first: what waits comes as soon as somebody listens.
        await using var receiver = new ActorSystem().WithRemote(Nodes.At(port));
        receiver.Root.SpawnNamed(ledger.Receiver(), target.Id);
        await receiver.Remote().StartAsync();
        await ledger.WhenQuietAsync();
        var arrived = ledger.Arrived;
        sender.Root.Send(target, new Numbered { Number = Count });
        await ledger.WhenQuietAsync();
        Console.WriteLine($"sent: {Count}, one of them cannot be serialized");
        Console.WriteLine($"arrived: {arrived}");
        Console.WriteLine($"reported: {ledger.Reported + reports}");
        Console.WriteLine($"lost without a word: {Count - arrived - ledger.Reported - reports}");
        Console.WriteLine($"one sent later arrived: {ledger.Arrived > arrived}");
    }

    /// <summary>Messages that make batches of their own: few of them wait for a connection, and what follows shares one.</summary>
    private static async Task FillAsync(ActorSystem sender, PID target)
    {
        for (var i = 0; i < Fillers; i++)
        {
            sender.Root.Send(target, new Ping());
            await Task.Delay(BetweenFillers);
        }
    }
}
