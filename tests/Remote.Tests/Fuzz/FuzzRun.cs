using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Proto;

namespace Remote.Tests.Fuzz;

/// <summary>
/// Frames without end against one node: recorded ones that were changed, and ones made of every field, straight into what reads them and over
/// sockets, in both directions, while a healthy peer sends its messages. Says on standard output what became of it all.
/// </summary>
/// <param name="seed">Where chance begins: the same frames come again.</param>
/// <param name="frames">How many without a network.</param>
/// <param name="socketFrames">How many over sockets.</param>
/// <param name="isResident">Whether memory is that of the process, or what the garbage collector knows.</param>
internal sealed class FuzzRun(ulong seed, int frames, int socketFrames, bool isResident)
{
    private readonly FuzzReport _report = new();
    private readonly IReadOnlyList<byte[]> _corpus = FuzzCorpus.Load();
    private readonly List<long> _memory = [];

    /// <summary>How often memory is looked at in the second half.</summary>
    private readonly int _samples = isResident ? 20 : 4;

    /// <summary>Runs; whatever goes wrong is an exception.</summary>
    public async Task RunAsync()
    {
        await using var acceptor = await HostileAcceptor.StartAsync(seed);
        await using var node = await FuzzNode.StartAsync(reachable: acceptor.Address);
        await using var healthy = await HealthyPeer.StartAsync(node.Remote.Address);

        using var enough = new CancellationTokenSource();
        var dialling = Task.Run(() => DialAsync(node, acceptor, enough.Token));
        var sockets = new SocketFuzz(node.Remote.Address, new FuzzSource(seed + 1), _corpus, _report);
        try
        {
            await sockets.RunAsync(socketFrames);
        }
        catch (Exception exception)
        {
            throw new FuzzException("socket", sockets.Last, exception);
        }

        await DirectAsync(node);
        await enough.CancelAsync();
        await dialling.Within("the dialler of the hostile acceptor");
        var sent = await healthy.FinishAsync();
        Say($"healthy {sent} {node.InOrder}");
        Say($"acceptor {acceptor.Written}");
        Say($"frames {_report.Frames} {_report.Asked} {_report.Parsed} {_report.Delivered}");
        Say($"memory {string.Join(' ', _memory)}");
        foreach (var (kind, count) in _report.Kinds.Concat(node.DeadLetters.Select(letter => KeyValuePair.Create($"Dead letter: {letter.Key}", letter.Value))))
        {
            Say($"kind {count} {kind}");
        }

        foreach (var error in node.Log.Errors)
        {
            Say($"error {error.ReplaceLineEndings(" | ")}");
        }
    }

    private static void Say(FormattableString line) => Console.Out.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    /// <summary>Goes on sending to the peer that answers with anything, so that it is dialled.</summary>
    private static async Task DialAsync(FuzzNode node, HostileAcceptor acceptor, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            node.ActorSystem.Root.Send(new PID(acceptor.Address, "sink"), new StringValue { Value = "whatever you say" });
            await Task.Delay(10, CancellationToken.None);
        }
    }

    private async Task DirectAsync(FuzzNode node)
    {
        var source = new FuzzSource(seed);
        var generator = new FrameGenerator(source);
        var mutator = new FrameMutator(source, _corpus);
        var trial = new FrameTrial(node, _report);
        for (var i = 0; i < frames; i++)
        {
            var frame = source.Once(2) ? mutator.Mutated() : generator.Frame();
            try
            {
                await trial.TryAsync(frame);
            }
            catch (Exception exception)
            {
                throw new FuzzException($"frame {i}", frame, exception);
            }

            if (i >= (frames / 2) - 1 && (i - (frames / 2) + 1) % Math.Max(1, frames / 2 / _samples) == 0)
            {
                _memory.Add(Memory());
            }
        }
    }

    private long Memory()
    {
        if (!isResident)
        {
            return GC.GetTotalMemory(forceFullCollection: true);
        }

        // Gives back to the system what it does not need.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return Environment.WorkingSet;
    }
}
