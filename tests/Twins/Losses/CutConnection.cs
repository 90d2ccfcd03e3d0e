using Proto;
using Proto.Remote;

namespace Twins.Losses;

/// <summary>A load over a connection that is cut again and again.</summary>
internal static class CutConnection
{
    private const int Count = 500_000, Cuts = 10, Burst = 2_000;

    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(1);

    public static async Task RunAsync()
    {
        var ledger = new Ledger(Count);
        var port = Nodes.FreePort();
        using var proxy = new Proxy(port);
        await using var receiver = await Nodes.StartAsync(Nodes.At(port).WithAdvertisedPort(proxy.Port));
        await using var sender = await Nodes.StartAsync();
        ledger.Follow(receiver);
        ledger.Follow(sender);
        receiver.Root.SpawnNamed(ledger.Receiver(), "ledger");
        using var done = new CancellationTokenSource();
        var cutting = CutAsync(proxy, ledger, done.Token);
        await SendAsync(sender, PID.FromAddress(receiver.Address, "ledger"));
        await ledger.WhenQuietAsync();
        await done.CancelAsync();
        Console.WriteLine($"sent: {Count}, with {await cutting} cuts of the connection");
        Console.WriteLine($"arrived: {ledger.Arrived}, and {ledger.Twice} a second time");
        Console.WriteLine($"reported: {ledger.Reported}");
        Console.WriteLine($"lost without a word: {ledger.Silent(Count)}");
    }

    /// <summary>In bursts, faster than the connection: there is always something on its way that a cut can hit.</summary>
    private static async Task SendAsync(ActorSystem sender, PID target)
    {
        for (var number = 0; number < Count; number++)
        {
            sender.Root.Send(target, new Numbered { Number = number });
            if (number % Burst == 0)
            {
                await Task.Delay(Breath);
            }
        }
    }

    /// <summary>Cuts whenever a further part has arrived; all of it in the first half, as what is lost never arrives.</summary>
    private static async Task<int> CutAsync(Proxy proxy, Ledger ledger, CancellationToken done)
    {
        var cuts = 0;
        while (cuts < Cuts && !done.IsCancellationRequested)
        {
            await Task.Delay(Breath, CancellationToken.None);
            if (ledger.Arrived >= (cuts + 1) * (Count / (2 * Cuts)))
            {
                proxy.Cut();
                cuts++;
            }
        }

        return cuts;
    }
}
