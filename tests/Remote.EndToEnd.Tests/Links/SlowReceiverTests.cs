using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using Remote.LoadTest;

namespace Remote.EndToEnd.Tests;

/// <summary>A producer that is much faster than the actor at the other end, between two processes: memory bounded, nothing lost.</summary>
public sealed class SlowReceiverTests
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromMinutes(TestScale.IsLong ? 20 : 4);

    // The counts of CI are given, not a tenth of those of the long mode; a message takes its actor 1 ms in both.
    private static readonly string[] Size = TestScale.IsLong
        ? ["--messages", "200000", "--capacity", "10000", "--credit", "10000", "--work", "1000"]
        : ["--messages", "10000", "--capacity", "1000", "--credit", "1000", "--work", "1000"];

    private static readonly long Messages = long.Parse(Size[1], CultureInfo.InvariantCulture);

    [Fact]
    [Trait("Behaviour", "B-04")]
    public async Task SendAsync_SlowReceiver_ProducerWaitsNothingIsLostAndMemoryIsBounded()
    {
        using var results = new TemporaryFolder();
        var row = await RunAsync(["--send-async", .. Size, "--rounds", "0", "--results", results.Path]);

        Assert.Equal((Messages, Messages, 0L, 0L), (Figure(row, "offered"), Figure(row, "delivered"), Figure(row, "deadLetters"), Figure(row, "lost")));
        Assert.True(Figure(row, "waits") > 0, $"The producer never waited: {row}");
        AssertBounded(row);
        AssertPlotted(results);
    }

    [Fact]
    [Trait("Behaviour", "B-04")]
    public async Task Send_SlowReceiver_EachRefusedMessageIsOneDeadLetterAndMemoryIsBounded()
    {
        // The ledger and each dead letter being the first of its message are part of the exit code.
        var row = await RunAsync(["--send", .. Size, "--rounds", "0"]);

        Assert.Equal((Messages, 0L), (Figure(row, "offered"), Figure(row, "lost")));
        Assert.Equal(Messages, Figure(row, "delivered") + Figure(row, "deadLetters"));
        Assert.True(Figure(row, "deadLetters") > 0, $"Nothing was refused: {row}");
        AssertBounded(row);
    }

    private static void AssertBounded(JsonElement row)
    {
        var bound = row.GetProperty("boundMiB").GetDouble();
        Assert.True(bound <= 96 + Math.Min(row.GetProperty("senderIdleMiB").GetDouble(), row.GetProperty("receiverIdleMiB").GetDouble()) + 0.1, $"{row}");
        Assert.True(row.GetProperty("senderPeakMiB").GetDouble() <= bound && row.GetProperty("receiverPeakMiB").GetDouble() <= bound, $"{row}");
    }

    /// <summary>Memory and queues of both processes over time: the figures, and a picture of them.</summary>
    private static void AssertPlotted(TemporaryFolder results)
    {
        var lines = File.ReadAllLines(results.Of("slow-receiver.csv"));
        Assert.Equal("seconds,process,residentMiB,waiting,retained", lines[0]);
        var samples = lines.Skip(1).Select(line => line.Split(',')).ToLookup(fields => fields[1], fields => fields.Select(Number).ToArray());
        Assert.Equal(["receiver", "sender"], samples.Select(process => process.Key).Order());
        Assert.All(samples, process => Assert.True(process.Count() >= 10 && process.All(sample => sample[2] > 0), $"{process.Key}: {process.Count()} samples"));
        Assert.True(samples["sender"].Max(sample => sample[3]) >= 400, "The queue of the sender never filled.");
        Assert.True(samples["receiver"].Max(sample => sample[3]) >= 250, "Nothing waited at the receiver.");

        var picture = XDocument.Load(results.Of("slow-receiver.svg")).Root!;
        Assert.Equal(5, picture.Elements(picture.Name.Namespace + "polyline").Count());

        static double Number(string field) => double.TryParse(field, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    private static long Figure(JsonElement row, string name) => row.GetProperty(name).GetInt64();

    /// <summary>The row of one run of the load test's scenario.</summary>
    internal static async Task<JsonElement> RunAsync(params string[] arguments)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        var exitCode = await new CommandLine(output, errors).InvokeAsync(["--scenario", "slow-receiver", .. arguments]).WaitAsync(Ceiling);
        Assert.True(exitCode == 0, $"Exit code {exitCode}\n{errors}\n{output}");
        using var row = JsonDocument.Parse(output.ToString());
        return row.RootElement.Clone();
    }
}
