using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>A watcher here, its targets there.</summary>
internal sealed class WatchPair : IAsyncDisposable
{
    private PID _watcher = null!;
    private int _seen;

    public InMemoryNetwork Network { get; } = new();

    public TestNode Here { get; private set; } = null!;

    public TestNode There { get; private set; } = null!;

    public static async Task<WatchPair> StartAsync(Action<RemoteOptions>? options = null)
    {
        var pair = new WatchPair();
        pair.Here = await TestNode.StartAsync(options, network: pair.Network);
        pair.There = await TestNode.StartAsync(options, network: pair.Network);
        pair._watcher = SpawnWatcher(pair.Here);
        return pair;
    }

    /// <summary>Watches, and waits until the Watch has arrived.</summary>
    public async Task WatchAsync(string id)
    {
        await WatchAsync(Here, _watcher, There.Pid(id));
        if (There.Find(id) is not null)
        {
            // Control passes user messages, so whoever answers this has had the Watch.
            await Here.AskAsync(There.Pid(id), "settled");
        }
    }

    public async Task UnwatchAsync(string id)
    {
        await Here.Root.RequestAsync<string>(_watcher, $"{There.Address}/{id}", TestTime.Ceiling);
        await Here.AskAsync(There.Pid(id), "settled");
    }

    public Task<Terminated> NextAsync()
    {
        _seen++;
        return NextAsync(Here);
    }

    /// <summary>All that the watcher is told until it stops, in any order.</summary>
    public async Task ExpectAsync(params (string Id, TerminatedReason Why)[] expected)
    {
        while (_seen < expected.Length)
        {
            await NextAsync();
        }

        await Here.Root.PoisonAsync(_watcher).Within("stopping the watcher");
        Assert.Equal(expected.Select(end => (There.Pid(end.Id), end.Why)).OrderBy(end => end.Item1.Id).ThenBy(end => end.Why), Told().OrderBy(end => end.Who.Id).ThenBy(end => end.Why));
    }

    public async ValueTask DisposeAsync()
    {
        await Here.DisposeAsync();
        await There.DisposeAsync();
        await Network.DisposeAsync();
    }

    private IEnumerable<(PID Who, TerminatedReason Why)> Told() =>
        Here.Events.Of<Receipt>().Select(receipt => receipt.Message).OfType<Terminated>().Select(ended => (ended.Who, ended.Why));

    public static PID SpawnWatcher(TestNode node, string name = "watcher") => node.Spawn(name, context =>
    {
        switch (context.Message)
        {
            case PID target:
                context.Watch(target);
                Answer(context);
                break;
            case string id:
                context.Unwatch(new PID(id[..id.IndexOf('/')], id[(id.IndexOf('/') + 1)..]));
                Answer(context);
                break;
        }

        static void Answer(IContext context)
        {
            if (context.Sender is not null)
            {
                context.Respond("done");
            }
        }
    });

    public static Task WatchAsync(TestNode node, PID watcher, PID target) => node.Root.RequestAsync<string>(watcher, target, TestTime.Ceiling);

    public static async Task<Terminated> NextAsync(TestNode node) =>
        (Terminated)(await node.Events.NextAsync<Receipt>(receipt => receipt.Message is Terminated, expected: "a Terminated")).Message;
}
