using System.Text.Json;
using Proto;
using Remote.TestNode;

namespace Remote.EndToEnd.Tests;

/// <summary>Applications with a host that are told to end in the middle of a load, as an orchestrator does it.</summary>
[Trait("Behaviour", "E-07")]
public sealed class HostedNodeTests
{
    private const int Before = 20_000;

    /// <param name="kind">Whether the node listens by itself or on the application's web server.</param>
    [Theory]
    [InlineData(HostedNode.OwnListener)]
    [InlineData(HostedNode.WebServer)]
    public async Task Sigterm_UnderLoad_DrainsAndEndsWithZero(string kind)
    {
        using var folder = new TemporaryFolder();
        await using var node = await TestCoordinator.StartAsync();
        await using var process = NodeProcess.Start("Remote.TestNode", kind, folder.Of("ledger"));
        var address = await NextAsync(process, "listening", "address");
        var sink = new PID(address, SinkActor.Name);
        var letters = new DeadLetterBook(node.System, address);
        await node.AskAsync(sink, life: 1);

        // 1. What is accepted before the signal has to arrive; what is sent afterwards may be refused.
        var sent = 0;
        void Send() => node.Root.Send(sink, new Numbered { FromLife = 1, ToLife = 1, Number = sent++ });
        while (sent < Before)
        {
            Send();
        }

        await process.SendTermAsync();
        var ended = node.Events.WaitForCountAsync<EndpointTerminated>(1, Waiting.Ceiling);
        while (!ended.IsCompleted)
        {
            Send();
            await Task.Yield();
        }

        // 2. The peer says goodbye, and its process ends well.
        var goodbye = Assert.Single(await ended);
        Assert.Equal((address, EndpointTerminatedReason.PeerLeft), (goodbye.Address, goodbye.Reason));
        Assert.Equal("0", await NextAsync(process, "left", "endpoints"));
        var (exitCode, output, errors) = await process.WaitForExitAsync();
        Assert.True((exitCode, errors) == (0, ""), process.Describe());
        Assert.Contains("\"ended\"", output, StringComparison.Ordinal);

        // 3. Each message arrived or is a dead letter, and the first ones arrived. A second life of the endpoint may have taken some: it ends here.
        await node.Remote.ShutdownAsync().Within("the shutdown");
        using var ledger = Ledger.Open(folder.Of("ledger"));
        Assert.Equal((0L, 0L), (ledger.Doubled, ledger.Disordered));
        Assert.Empty(letters.Faults);
        for (var number = 0; number < sent; number++)
        {
            var reason = letters.ReasonOf(number);
            Assert.True(ledger.IsReceived(number) == reason is null, $"{number} of {sent}: received {ledger.IsReceived(number)}, dead letter {reason}");
            Assert.True(number >= Before || reason is null, $"{number} was accepted before the signal and is a dead letter {reason}");
        }
    }

    private static async Task<string> NextAsync(NodeProcess process, string happened, string detail)
    {
        while (true)
        {
            var line = JsonElement.Parse(await process.ReadLineAsync($"saying that '{happened}'"));
            if (line.GetProperty("event").GetString() == happened)
            {
                return line.GetProperty(detail).GetString()!;
            }
        }
    }
}
