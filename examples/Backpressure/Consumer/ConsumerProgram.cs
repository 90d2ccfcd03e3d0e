using System.Globalization;
using System.Runtime.InteropServices;
using Proto;
using Proto.Remote;
using Remote;

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

    public static async Task<int> RunAsync(CancellationToken cancellation)
    {
        // A terminal sends Ctrl+C to every process of the program, and the producer ends its consumer itself.
        using var ignored = PosixSignalRegistration.Create(PosixSignal.SIGINT, static context => context.Cancel = true);
        var pace = new Pace(TimeProvider.System);
        var taken = 0L;
        var config = RemoteConfig.BindToLocalhost()
            .WithProtoMessages(BackpressureReflection.Descriptor)
            .WithRemoteKind(SlowConsumer.Kind, Props.FromProducer(() => new SlowConsumer(pace, () => Interlocked.Increment(ref taken))));
        await using var system = new ActorSystem().WithRemote(config, TakeLittle);

        // Disposed however this ends: it leaves in good order.
        await using var remote = system.ReliableRemote();
        await remote.StartAsync();
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

    /// <summary>What is too much waits where it can be seen: in the lane of the producer.</summary>
    private static void TakeLittle(RemoteOptions options)
    {
        options.MaxMessageBytes = ProducerNode.MaxMessageBytes;
        options.Inbound.MaxMessages = 16;
        options.Inbound.MaxBytes = 1024 * 1024;
    }
}
