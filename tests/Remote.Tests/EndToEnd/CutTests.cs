using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Connections that break under load.</summary>
public sealed class CutTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Behaviour", "E-03")]
    [Trait("Behaviour", "R-05")]
    public async Task Cuts_UnderLoad_DoubleAndReorderNothingAndLoseNothingOnALink(bool isLink)
    {
        const int Cuts = 10;
        void Options(RemoteOptions options)
        {
            Forever(options);
            options.Link.Resume = isLink;
        }

        await using var network = new InMemoryNetwork();
        await using var here = await TestNode.StartAsync(Options, network: network);
        await using var there = await TestNode.StartAsync(Options, network: network);
        there.Spawn("sink");
        there.SpawnEcho();
        var sent = 0;
        for (var cut = 0; cut < Cuts; cut++)
        {
            for (var i = 0; i < 5000; i++)
            {
                here.Root.Send(there.Pid("sink"), new Int32Value { Value = sent++ });
            }

            // Somewhere in the middle: what was written is partly read, partly on its way.
            await there.Events.NextAsync<Receipt>(receipt => receipt.Message is Int32Value number && number.Value >= sent - 4000);
            Assert.True(network.Cut(there.Address) > 0, "There was no connection to cut.");
            await here.Events.NextAsync<EndpointReconnected>();
        }

        here.Root.Send(there.Pid("sink"), new Int32Value { Value = sent++ });
        await there.Events.NextAsync<Receipt>(receipt => receipt.Message is Int32Value number && number.Value == sent - 1);

        int[] received = [.. there.Events.Of<Receipt>().Select(receipt => ((Int32Value)receipt.Message).Value)];
        Assert.Equal(received.Distinct().Order(), received);
        var lost = sent - received.Length;
        Assert.InRange(lost, 0, isLink ? 0 : (await here.PublishedAsync<EndpointUnconfirmed>()).Sum(unconfirmed => unconfirmed.Count));
        Assert.Equal(isLink ? 0 : 1, (await here.PublishedAsync<EndpointUnconfirmed>()).Count > 0 ? 1 : 0);
        Assert.Empty(await here.PublishedAsync<DeadLetterEvent>());
    }

    [Fact]
    [Trait("Behaviour", "E-01")]
    public async Task MessagesSentDuringAnOutage_ArriveAfterIt()
    {
        await using var network = new InMemoryNetwork();
        await using var here = await TestNode.StartAsync(Forever, network: network);
        await using var there = await TestNode.StartAsync(Forever, network: network);
        there.SpawnEcho();
        await here.AskAsync(there.Pid("echo"), "warm");
        network.Refuse(there.Address);
        network.Cut(there.Address);
        await here.Events.NextAsync<EndpointReconnecting>();

        var answers = Enumerable.Range(0, 1000).Select(i => here.AskAsync(there.Pid("echo"), $"{i}")).ToArray();
        network.Heal(there.Address);

        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"re:{i}"), await Task.WhenAll(answers).Within("the answers"));
    }

    private static void Forever(RemoteOptions options)
    {
        options.Reconnect.InitialDelay = TimeSpan.FromMilliseconds(1);
        options.Reconnect.MaxDelay = TimeSpan.FromMilliseconds(20);
        options.Reconnect.MaxAttempts = 0;
    }
}
