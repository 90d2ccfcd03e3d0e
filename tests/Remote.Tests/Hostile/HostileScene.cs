using System.Diagnostics;

namespace Remote.Tests;

/// <summary>Alone: what is measured here is that of the process.</summary>
[CollectionDefinition(nameof(HostileScene), DisableParallelization = true)]
public sealed class HostileCollection;

/// <summary>
/// A node that is treated badly, beside a healthy neighbour. At the end of each script the neighbour has lost nothing, the node takes in another peer,
/// its memory is what it was, and no exception was left unobserved.
/// </summary>
internal sealed class HostileScene : IAsyncDisposable
{
    // A collection leaves this much to chance, and the web server's own pool of blocks; a hundred connections, or a thousand dials, that each left
    // their buffers behind would be beyond it.
    private const long Slack = 2 * 1024 * 1024;

    private readonly UnobservedExceptions _unobserved = new();
    private readonly Neighbour _neighbour;

    private HostileScene(TestNode node, Neighbour neighbour) => (Node, _neighbour) = (node, neighbour);

    public TestNode Node { get; }

    public static async Task<HostileScene> StartAsync(Action<RemoteOptions>? options = null)
    {
        var node = await TestNode.StartAsync(options);
        node.SpawnEcho();

        // Nobody asks for its events, and what is measured is not to be their own memory: what the echo got, and dead letters, whose targets keep the
        // endpoint that they went to.
        node.Events.Dispose();

        // The web server's own word for a connection that it has ended because answers to it were not read.
        node.Log.Expect("Http2QueueOperationsExceeded");

        // And for one that it has lost on that occasion (dotnet/aspnetcore#51307), when nothing refers to it any more.
        node.Log.Expect("ApplicationNeverCompleted");
        node.Log.Expect("EntriesLeftOut");
        return new HostileScene(node, await Neighbour.StartAsync(node));
    }

    /// <summary>Does it a few times, to warm up, and then again and again: the memory of the process is the same before and after that.</summary>
    /// <param name="act">What is done to the node.</param>
    /// <param name="times">How often, after the first times.</param>
    public async Task PlayAsync(Func<Task> act, int times)
    {
        await act().Within("the script");

        var before = await SettledAsync();
        for (var i = 0; i < times; i++)
        {
            await act().Within($"the script, round {i}");
        }

        await _neighbour.DeliversAsync(50).Within("the neighbour's messages");
        var after = await SettledAsync();
        Assert.True(after < before + Slack, $"{before:N0} bytes before and {after:N0} after {times} rounds.");
    }

    /// <summary>How many messages of the neighbour arrive while this is done.</summary>
    public async Task<double> RateDuringAsync(Func<Task> act)
    {
        var (before, watch) = (_neighbour.Received, Stopwatch.StartNew());
        await act().Within("what is measured");
        return (_neighbour.Received - before) / watch.Elapsed.TotalSeconds;
    }

    /// <summary>What holds after any script.</summary>
    public async Task FinishAsync()
    {
        await _neighbour.FinishAsync();
        await using (var visitor = await TestNode.StartAsync())
        {
            Assert.Equal("re:still there?", await visitor.AskAsync(Node.Pid("echo"), "still there?").Within("the answer to a new peer"));
        }

        _unobserved.AssertNone(UnobservedExceptions.IsOfTheProduct);
    }

    public async ValueTask DisposeAsync()
    {
        _unobserved.Dispose();
        await _neighbour.DisposeAsync();
        await Node.DisposeAsync();
    }

    /// <summary>Managed memory when nothing of the connections is left: their ends may come a moment after the script's.</summary>
    private async Task<long> SettledAsync()
    {
        var watch = Stopwatch.StartNew();
        while (Node.Remote.GetLimitStatistics().Connections > 1 && watch.Elapsed < TestTime.Ceiling)
        {
            await Task.Delay(1);
        }

        Assert.Equal(1, Node.Remote.GetLimitStatistics().Connections);
        Node.Log.Forget();
        SharedArrays.Forget();
        return Collect();
    }

    private static long Collect()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
