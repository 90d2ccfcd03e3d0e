using System.Globalization;
using Google.Protobuf;
using Proto;
using Remote.ProtoPeer;

namespace Remote.EndToEnd.Tests;

/// <summary>Nodes that go and are followed by others on the same address, one of ours and one of Proto.Remote.</summary>
[Trait("Behaviour", "R-04")]
public sealed class MixedRestartTests
{
    private const int Load = 100, LargeLoad = 20_000;

    [Fact]
    public async Task TheirsIsKilledAndStartsAgain_NothingOfTheOldLifeReachesTheNewOneWhichWorks()
    {
        await using var first = await ProtoPeerProcess.StartAsync("server");
        await first.TellAsync("spawn id=record kind=record");
        await using var ours = await OwnNode.StartAsync(change: options => options.Reconnect.MaxAttempts = 0);
        await ours.AskAsync(new PID(first.Address, "record"), "hello");

        await first.KillAsync();
        await ours.Events.NextAsync<EndpointReconnecting>(ceiling: Waiting.Ceiling);
        Send(ours, new PID(first.Address, "record"), Load);
        await using var second = await ProtoPeerProcess.StartAsync("server", $"port={PortOf(first.Address)}");
        await second.TellAsync("spawn id=record kind=record");

        // What was meant for the old life has an end of its own.
        var letters = await ours.Events.WaitForCountAsync<RemoteDeadLetterEvent>(Load, Waiting.Ceiling);
        Assert.All(letters, letter => Assert.Equal(DeadLetterReason.IncarnationEnded, letter.Reason));
        Assert.Equal("received=0 last=0 disordered=0", await ours.AskAsync(new PID(second.Address, "record"), "what have you got?"));
        Assert.False(second.HasSaid("dead-letter"), second.Describe());
        Assert.Equal(second.SystemId, ours.Remote.GetEndpointStatistics(second.Address)!.SystemId);
    }

    [Fact]
    public async Task OursLeavesAndStartsAgain_TheirsReachesTheNewOne()
    {
        await using var theirs = await ProtoPeerProcess.StartAsync("server");
        var first = await OwnNode.StartAsync();
        var echo = first.Called("echo", theirs.Address);
        Assert.Equal("ok hello", await theirs.GreetAsync(echo));

        await first.DisposeAsync();
        await theirs.NextAsync("endpoint-terminated ");
        await using var second = await OwnNode.StartAsync(port: PortOf(first.Remote.Address));

        // Theirs keeps an address that has ended for some time before it dials it again.
        while (await theirs.GreetAsync(echo) != "ok hello")
        {
        }

        Assert.Equal(first.Remote.Address, second.Remote.Address);
    }

    /// <summary>What is under way to theirs when it goes is lost, and said to be.</summary>
    [Fact]
    [Trait("Behaviour", "R-05")]
    public async Task TheirsIsKilledUnderLoad_EachMessageIsADeadLetterOrUnconfirmed()
    {
        await using var pair = await MixedPair.StartAsync(MixedPair.BothListen);
        var before = pair.Ours.Remote.GetEndpointStatistics(pair.Theirs.Address)!;

        await pair.Theirs.PauseAsync();
        Send(pair.Ours, pair.AtTheirs("record"), LargeLoad);
        await pair.Theirs.KillAsync();
        await pair.Ours.Events.NextAsync<EndpointTerminated>(ceiling: Waiting.Ceiling);

        var after = pair.Ours.Remote.GetEndpointStatistics(pair.Theirs.Address)!;
        var written = (int)(after.Written - before.Written);
        Assert.InRange(written, 1, LargeLoad - 1);
        Assert.Equal(after.Written, (await pair.Ours.Events.NextAsync<EndpointUnconfirmed>(ceiling: Waiting.Ceiling)).Count);
        var letters = await pair.Ours.Events.WaitForCountAsync<RemoteDeadLetterEvent>(LargeLoad - written, Waiting.Ceiling);
        Assert.Equal(LargeLoad - written, letters.Select(letter => ((Numbered)letter.Message).Number).Distinct().Count());
        Assert.Equal(LargeLoad - written, letters.Count);
    }

    private static int PortOf(string address) => int.Parse(address.Split(':')[1], CultureInfo.InvariantCulture);

    private static void Send(OwnNode node, PID target, int count)
    {
        for (var number = 1; number <= count; number++)
        {
            node.Root.Send(target, new Numbered { Number = number, Payload = ByteString.CopyFrom(new byte[1000]) });
        }
    }
}
