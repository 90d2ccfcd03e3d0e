using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;

namespace Remote.Testing.Tests.Samples;

/// <summary>What docs/testing.md shows, as it is compiled and run.</summary>
[Trait("Behaviour", "O-10")]
public sealed class CounterNodesTests
{
    // begin two nodes
    [Fact]
    public async Task Counter_OnAnotherNode_Answers()
    {
        await using var network = new InMemoryNetwork();
        await using var here = await StartAsync("here", network);
        await using var there = await StartAsync("there", network);
        there.System.Root.SpawnNamed(Counter(), "counter");

        var counter = new PID(there.Address, "counter");
        here.System.Root.Send(counter, new Int32Value { Value = 20 });
        here.System.Root.Send(counter, new Int32Value { Value = 22 });
        var sum = await here.System.Root.RequestAsync<Int32Value>(counter, new Empty(), TimeSpan.FromSeconds(30));

        Assert.Equal(42, sum.Value);
    }

    private static async Task<ReliableRemote> StartAsync(string host, InMemoryNetwork network, TimeProvider? time = null)
    {
        var config = RemoteConfig.BindTo(host, 8000).WithProtoMessages(WrappersReflection.Descriptor, EmptyReflection.Descriptor);
        var system = new ActorSystem().WithRemote(config, options => options.UseNetwork(network).Hooks.TimeProvider = time);
        await system.Remote().StartAsync();
        return system.ReliableRemote();
    }

    private static Props Counter()
    {
        var sum = 0;
        return Props.FromFunc(context =>
        {
            switch (context.Message)
            {
                case Int32Value number:
                    sum += number.Value;
                    break;
                case Empty:
                    context.Respond(new Int32Value { Value = sum });
                    break;
            }

            return Task.CompletedTask;
        });
    }

    // end two nodes

    // begin a cut
    [Fact]
    public async Task Counter_TheConnectionBreaks_LosesNothing()
    {
        await using var network = new InMemoryNetwork();
        await using var here = await StartAsync("here", network);
        await using var there = await StartAsync("there", network);
        there.System.Root.SpawnNamed(Counter(), "counter");
        using var events = new EventProbe(here.System.EventStream);
        var counter = new PID(there.Address, "counter");

        for (var i = 0; i < 1000; i++)
        {
            here.System.Root.Send(counter, new Int32Value { Value = 1 });
            if (i == 500)
            {
                await here.WaitForConnectionAsync(there.Address);
                network.Cut(there.Address);
            }
        }

        await events.NextAsync<EndpointReconnected>();
        var sum = await here.System.Root.RequestAsync<Int32Value>(counter, new Empty(), TimeSpan.FromSeconds(30));
        Assert.Equal(1000, sum.Value);
    }

    // end a cut

    // begin the clock
    [Fact]
    public async Task Peer_NobodyListens_IsTriedAgainAfterTheDelay()
    {
        var clock = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var here = await StartAsync("here", network, clock);
        using var events = new EventProbe(here.System.EventStream);

        here.System.Root.Send(new PID("there:8000", "counter"), new Int32Value { Value = 1 });
        var first = await events.NextAsync<EndpointReconnecting>();
        await clock.WaitForTimerAsync(first.Delay);
        clock.Advance(first.Delay);

        var second = await events.NextAsync<EndpointReconnecting>();
        Assert.Equal((1, 2), (first.Attempt, second.Attempt));
    }

    // end the clock
}
