using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>A peer is blocked at any moment of dialling, shaking hands, flowing, and being cut.</summary>
[Trait("Behaviour", "H-03")]
public sealed class BlockRaceTests
{
    private readonly Random _random = new((int)(TestSeed.Value % int.MaxValue));
    private long _sent;
    private long _received;

    [Fact]
    public async Task Block_AtAnyMoment_NothingLaterComesIn_AndUnblockedTheyTalkAgain()
    {
        await using var network = new InMemoryNetwork();
        await using var here = await StartAsync("here", network);
        await using var there = await StartAsync("there", network);
        here.SpawnEcho();
        there.SpawnEcho();
        here.Root.SpawnNamed(Props.FromFunc(CountAsync), "sink");
        there.Root.SpawnNamed(Props.FromFunc(_ => Task.CompletedTask), "sink");
        for (var round = 0; round < TestScale.Count(300); round++)
        {
            using var enough = new CancellationTokenSource();
            var traffic = Task.WhenAll(
                Task.Run(() => FloodAsync(there, here, enough.Token)), Task.Run(() => FloodAsync(here, there, enough.Token)));
            await YieldAsync(_random.Next(300));
            if (_random.Next(3) == 0)
            {
                network.Cut("here:8000");
            }

            var byAddress = _random.Next(2) == 0;
            _ = byAddress ? here.Remote.PeerBlockList.BlockAddress("there:8000") : here.Remote.PeerBlockList.BlockSystem(there.SystemId);
            var last = Interlocked.Read(ref _sent);
            await YieldAsync(_random.Next(300));
            await enough.CancelAsync();
            await traffic.Within("the end of the flood");

            // Behind everything that was sent, so nothing of that is under way when this is settled.
            await Assert.ThrowsAsync<DeadLetterException>(() => there.AskAsync(here.Pid("echo"), "still blocked").Within($"a request in round {round}, seed {TestSeed.Value}"));
            await here.Remote.Parts.Streams.WhenEndedAsync(there.SystemId).Within("the end of its streams");
            Assert.True(Interlocked.Read(ref _received) <= last, $"Round {round}: number {_received} came, and {last} was the last before the block, seed {TestSeed.Value}.");
            await Assert.ThrowsAsync<DeadLetterException>(() => here.AskAsync(there.Pid("echo"), "blocked").Within($"a request to the blocked one in round {round}, seed {TestSeed.Value}"));

            // What is sent while the former life is still closing is given up with it, also when the peer is no longer blocked.
            await WhenClosedAsync(here, "there:8000").Within($"the end of the endpoint in round {round}, seed {TestSeed.Value}");

            _ = byAddress ? here.Remote.PeerBlockList.UnblockAddress("there:8000") : here.Remote.PeerBlockList.UnblockSystem(there.SystemId);
            await TalkAsync(there, here).Within($"talking again in round {round}, seed {TestSeed.Value}");
            await TalkAsync(here, there).Within($"talking again the other way in round {round}, seed {TestSeed.Value}");
        }
    }

    private static Task<TestNode> StartAsync(string host, InMemoryNetwork network) => TestNode.StartAsync(
        options =>
        {
            options.QuarantineDuration = TimeSpan.FromTicks(1);

            // Soon, and for ever: a node whose former stream the other has not seen end yet is turned away until it has.
            options.Reconnect.InitialDelay = TimeSpan.FromMilliseconds(1);
            options.Reconnect.MaxDelay = TimeSpan.FromMilliseconds(50);
            options.Reconnect.MaxAttempts = 0;
            options.Endpoint.QueueCapacity = 1000;
        },
        at: $"{host}:8000",
        network: network);

    private static async Task WhenClosedAsync(TestNode node, string address)
    {
        while (node.Remote.Parts.Table.Find(address) is { State: not EndpointState.Closed } endpoint)
        {
            await endpoint.WhenLeftAsync(endpoint.State);
        }
    }

    private static async Task YieldAsync(int times)
    {
        for (var i = 0; i < times; i++)
        {
            await Task.Yield();
        }
    }

    /// <summary>What was closed a moment ago may refuse the first of them.</summary>
    private static async Task TalkAsync(TestNode one, TestNode other)
    {
        while (true)
        {
            try
            {
                await one.AskAsync(other.Pid("echo"), "hello");
                return;
            }
            catch (DeadLetterException)
            {
                await Task.Yield();
            }
        }
    }

    private async Task FloodAsync(TestNode from, TestNode to, CancellationToken cancellation)
    {
        var target = to.Pid("sink");
        while (!cancellation.IsCancellationRequested)
        {
            from.Root.Send(target, new Int64Value { Value = from.Address == "there:8000" ? Interlocked.Increment(ref _sent) : 0 });
            await Task.Yield();
        }
    }

    private Task CountAsync(IContext context)
    {
        if (context.Message is Int64Value number)
        {
            Interlocked.Exchange(ref _received, number.Value);
        }

        return Task.CompletedTask;
    }
}
