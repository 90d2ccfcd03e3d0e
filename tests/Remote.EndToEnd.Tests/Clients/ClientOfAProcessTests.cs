using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Remote.Testing;
using Xunit.Abstractions;

namespace Remote.EndToEnd.Tests;

/// <summary>A node without a listener and a server in a process of its own, over real sockets that break.</summary>
[Trait("Behaviour", "H-02")]
public sealed class ClientOfAProcessTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    [Fact]
    [Trait("Behaviour", "R-05")]
    public async Task Cuts_WhileQuestionsAndAnswersFlow_EachAnswerComesOnceAndInOrder()
    {
        var cuts = TestScale.Count(100);
        output.WriteLine($"Seed {TestSeed.Value}.");
        var random = new Random((int)(TestSeed.Value % int.MaxValue));
        await using var server = NodeProcess.Start("EchoNode");
        await using var proxy = FaultProxy.Start(await server.ReadAfterAsync("listening on "));
        await using var system = new ActorSystem().WithClientRemote(
            RemoteConfig.BindToLocalhost().WithProtoMessages(WrappersReflection.Descriptor),
            options => options.Reconnect = new ReconnectOptions { InitialDelay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(50), MaxAttempts = 0 });
        await using var remote = system.ReliableRemote();
        await remote.StartAsync().WaitAsync(Ceiling);
        using var events = new EventProbe(system.EventStream);
        var echo = new PID(proxy.Address, "echo");
        var asker = system.Root.Spawn(Props.FromFunc(context =>
        {
            if (context.Message is Int64Value answer)
            {
                events.Record(answer);
            }

            return Task.CompletedTask;
        }));

        await remote.WaitForConnectionAsync(proxy.Address).WaitAsync(Ceiling);
        var (asked, connections) = (0, 0);
        for (var cut = 0; cut < cuts; cut++)
        {
            var direction = random.Next(2) == 0 ? NetworkDirection.ToServer : NetworkDirection.ToClient;
            var connection = await proxy.WaitForConnectionsAsync(connections + 1, Ceiling);
            connection.ResetAfter(direction, connection.BytesCarried(direction) + random.Next(1, 4000));
            for (var i = random.Next(50, 500); i > 0; i--)
            {
                system.Root.Request(echo, new Int64Value { Value = asked++ }, asker);
            }

            await events.NextAsync<Int64Value>(answer => answer.Value == asked - 1, Ceiling);
            connections = proxy.Connections.Count;
            proxy.Cut();
        }

        // The last one after the last cut.
        system.Root.Request(echo, new Int64Value { Value = asked++ }, asker);
        await events.NextAsync<Int64Value>(answer => answer.Value == asked - 1, Ceiling);
        Assert.Equal(Enumerable.Range(0, asked).Select(number => (long)number), events.Of<Int64Value>().Select(answer => answer.Value));
        Assert.Empty(events.Of<DeadLetterEvent>());
        Assert.Empty(events.Of<EndpointTerminated>());
        Assert.True(remote.GetEndpointStatistics(proxy.Address)!.Reconnects >= cuts / 2, "There were few cuts.");
    }
}
