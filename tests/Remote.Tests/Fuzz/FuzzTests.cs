using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace Remote.Tests.Fuzz;

/// <summary>Anything that can be sent, sent: 100,000 frames, 10 million in the long mode.</summary>
[Trait("Behaviour", "Z-02")]
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const double MaxGrowth = 1.05;

    /// <summary>
    /// In the default mode the frames are too few to fill the memories that the node has for names, which are bounded: 4,096 names of JSON types, a
    /// thousand addresses, and the arrays of its pools. With eight times as many frames the second half stays between 14 and 18 MiB, which is up to 11
    /// more than the beginning of the second half has here. In the long mode they are full long before it.
    /// </summary>
    private static readonly long Filling = TestScale.IsLong ? 0 : 12 * 1024 * 1024;

    // A build with assertions takes several times as long for each.
#if DEBUG
    private const int Long = 1_000_000;
#else
    private const int Long = 10_000_000;
#endif

    private static readonly TimeSpan Ceiling = TestScale.IsLong ? TimeSpan.FromHours(3) : TimeSpan.FromSeconds(120);

    /// <summary>The ways in which frames, envelopes, streams and handshakes are refused. Each comes up.</summary>
    private static readonly string[] Refusals =
    [
        "Malformed: The envelope is cut off",
        "Malformed: Target # is not in the table",
        "Malformed: Type # is not in the table",
        "Malformed: Sender # is not in the table",
        "Malformed: The payload is no such message. (JsonException)",
        "Malformed: The payload is no such message. (InvalidProtocolBufferException)",
        "Malformed: The payload is no such message.",
        "UnknownType: No protobuf message of this name is registered",
        "UnknownType: No serializer with the id #",
        "UnknownType: RemoteOptions.JsonTypes is Application",
        "Frame: The batch is cut off",
        "Frame: The batch holds something that is no field",
        "Frame: The frame is no remote.RemoteMessage",
        "Frame: A frame of its kind has at most # bytes",
        "Frame: More than # envelopes",
        "Frame: More than # table entries",
        "Stream: A frame of its kind has at most # bytes",
        "Stream: The batch is cut off",
        "Stream: A ConnectRequest has no place here",
        "Stream: A ConnectResponse has no place here",
        "Stream: A DisconnectRequest has no place here",
        "Stream: A Acknowledgement has no place here",
        "Stream: A TargetPause has no place here",
        "Stream: A Leave has no place here",
        "Handshake: FailedPrecondition The first message must be a ConnectRequest",
        "Handshake: InvalidArgument member_id must have # to # characters",
        "Handshake: InvalidArgument A client",
        "Handshake: InvalidArgument ServerConnection.address must be",
        "Handshake: InvalidArgument attempt must be at least #",
        "Handshake: InvalidArgument expected_system_id must have at most #",
        "Handshake: InvalidArgument ClientConnection.next_expected must be",
        "Handshake: there:# answered with link status #",
        "Dead letter: Malformed",
        "Dead letter: UnknownType",
        "Dead letter: NoSuchProcess",
        "Dead letter: Forbidden",
        "Dead letter: Expired",
        "Status: InvalidArgument",
    ];

    [Fact]
    public async Task AnyFrames_IntoANode_CostThemselvesOrTheirStreamAndNothingElse()
    {
        var total = TestScale.IsLong ? Long : 100_000;
        var lines = await RunAsync(total - (total / 40), total / 40, TestScale.IsLong ? "resident" : "managed");

        long[] frames = Numbers(lines, "frames"), healthy = Numbers(lines, "healthy"), memory = Numbers(lines, "memory");
        Assert.InRange(frames[0], total * 0.99, total * 1.01);
        Assert.True(frames[1] >= 1000 && frames[2] * 2 >= frames[1], $"Only {frames[2]} of {frames[1]} frames got past protobuf's parser.");
        Assert.True(frames[3] * 20 >= frames[0], $"Only {frames[3]} messages came of {frames[0]} frames.");
        Assert.True(Numbers(lines, "acceptor")[0] >= 50, "Hardly anything was written to the dialler.");

        // The neighbour, which did nothing wrong.
        Assert.True(healthy[0] >= 100 && healthy[0] == healthy[1], $"Of {healthy[0]} messages of a healthy peer {healthy[1]} came, each once and in order.");

        var kinds = lines.Where(line => line.StartsWith("kind ", StringComparison.Ordinal)).Select(line => line.Split(' ', 3)).ToList();
        Assert.All(Refusals, refusal => Assert.Contains(kinds, kind => kind[2].StartsWith(refusal, StringComparison.Ordinal) && kind[1] != "0"));
        Assert.DoesNotContain(lines, line => line.StartsWith("error ", StringComparison.Ordinal) || line.StartsWith("unobserved ", StringComparison.Ordinal));
        Assert.Equal("done 0", lines[^1]);
        Assert.All(memory, sample => Assert.True(
            sample <= (memory[0] * MaxGrowth) + Filling, $"Memory in the second half, from its beginning on: {string.Join(", ", memory)}."));
    }

    private static long[] Numbers(IReadOnlyList<string> lines, string name)
    {
        var numbers = lines.Single(line => line.StartsWith(name + " ", StringComparison.Ordinal)).Split(' ').Skip(1);
        return [.. numbers.Select(text => long.Parse(text, CultureInfo.InvariantCulture))];
    }

    /// <summary>Runs it in a process of its own, and gives what that printed.</summary>
    private async Task<IReadOnlyList<string>> RunAsync(int frames, int socketFrames, string memory)
    {
        string[] arguments = [FuzzProgram.Name, $"{TestSeed.Value}", $"{frames}", $"{socketFrames}", memory];
        output.WriteLine(string.Join(' ', arguments));
        using var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(FuzzProgram).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,

            // So short a process does not live to see what watching itself is good for.
            Environment = { ["DOTNET_TieredPGO"] = "0" },
        })!;
        try
        {
            var (said, failed) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync().WaitAsync(Ceiling);
            output.WriteLine(await said);
            Assert.True(process.ExitCode == 0, $"The process ended with {process.ExitCode}: {await failed}");
            return (await said).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
