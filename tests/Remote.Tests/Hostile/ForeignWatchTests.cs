using Google.Protobuf.WellKnownTypes;
using Proto;

namespace Remote.Tests;

/// <summary>Servers that watch in the name of somebody else.</summary>
[Trait("Behaviour", "T-16")]
public sealed class ForeignWatchTests
{
    /// <summary>The Terminated for an actor that is missing would come from within the node, to an actor that watches nothing.</summary>
    [Theory]
    [InlineData("its client")]
    [InlineData("its client by its id")]
    [InlineData("itself")]
    public async Task Watch_InTheNameOfAnActorOfTheClient_IsNotAnswered(string named)
    {
        await using var server = await PlayedAcceptor.StartAsync();
        await using var client = await TestNode.StartClientAsync();
        client.Spawn("sink");
        client.Root.Send(server.Pid("x"), new StringValue());
        await server.AcceptAsync();
        await server.TakeAsync(1);
        var own = $"$client/{client.SystemId}";
        var watcher = named switch
        {
            "its client" => new PID(own, "sink"),
            "its client by its id" => new PID(server.Address, $"{own}/sink"),
            _ => new PID(server.Address, "watcher"),
        };

        await server.SendAsync(PlayedDialler.Batch("missing", new Watch(watcher)));
        await server.SendAsync(PlayedDialler.Batch("sink", new StringValue { Value = "settled" }));

        Assert.Equal("settled", Assert.IsType<StringValue>((await client.NextReceiptAsync("sink")).Message).Value);
        Assert.Equal(named == "itself" ? 0 : 1, client.Remote.GetLimitStatistics().Refused.GetValueOrDefault("foreign watch"));
    }
}
