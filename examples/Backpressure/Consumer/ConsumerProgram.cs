using System.Globalization;
using Remote;
using Remote.Actors;

namespace Backpressure;

/// <summary>
/// The consumer process: a node that offers the slow actor. Told its pace on standard input, tells on standard output how much was taken:
/// the connection itself is what is being clogged.
/// </summary>
internal static class ConsumerProgram
{
    /// <summary>What is printed before the address when the node listens.</summary>
    public const string ReadyPrefix = "listening on ";

    /// <summary>What is printed before the number of parcels taken so far.</summary>
    public const string TakenPrefix = "taken ";

    /// <summary>What is read before a number of messages per second.</summary>
    public const string PacePrefix = "pace ";

    private static readonly TimeSpan TellEvery = TimeSpan.FromMilliseconds(100);

    // Little, so that what is too much waits where it can be seen: in the lane of the producer.
    private static readonly RemoteOptions Options = new()
    {
        MaxMessageBytes = ProducerNode.MaxMessageBytes,
        Inbound = { MaxMessages = 16, MaxBytes = 1024 * 1024 },
    };

    public static async Task<int> RunAsync(CancellationToken cancellation)
    {
        var pace = new Pace(TimeProvider.System);
        var taken = 0L;
        await using var system = new ActorSystem();
        await using var remote = await RemoteHost.StartAsync(system, Options, setup => setup
            .AddMessages(BackpressureReflection.Descriptor)
            .AddKind(SlowConsumer.Kind, Props.FromProducer(() => new SlowConsumer(pace, () => Interlocked.Increment(ref taken)))));
        await Console.Out.WriteLineAsync(ReadyPrefix + remote.Address);

        var told = 0L;
        await using var teller = TimeProvider.System.CreateTimer(_ => Tell(), null, TellEvery, TellEvery);

        // The producer holds the other end of standard input. However it ends, this read ends with it.
        using var input = new StreamReader(Console.OpenStandardInput());
        while (await input.ReadLineAsync(cancellation) is { } line)
        {
            if (line.StartsWith(PacePrefix, StringComparison.Ordinal))
            {
                pace.Set(int.Parse(line.AsSpan(PacePrefix.Length), CultureInfo.InvariantCulture));
            }
        }

        // What is left must not wait for its turn now.
        pace.Set(Pace.Unlimited);
        return ExitCode.Right;

        void Tell()
        {
            var now = Interlocked.Read(ref taken);
            if (Interlocked.Exchange(ref told, now) != now)
            {
                Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TakenPrefix}{now}"));
            }
        }
    }
}
