using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>A client is away for a while, or for too long. Time is the test's.</summary>
[Trait("Behaviour", "H-02")]
public sealed partial class ClientOutageTests : IAsyncLifetime
{
    private const string Server = "server:8000";
    private static readonly TimeSpan ResumeTimeout = new LinkOptions().ClientResumeTimeout;

    // No other timer is set to this.
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(77);

    private readonly ManualTimeProvider _time = new();
    private readonly InMemoryNetwork _network = new();
    private TestNode _server = null!;
    private TestNode _client = null!;
    private InMemoryConnection _line = null!;
    private volatile bool _away;

    public async Task InitializeAsync()
    {
        _server = await StartServerAsync();
        _client = await TestNode.StartClientAsync(
            options =>
            {
                options.Reconnect.InitialDelay = options.Reconnect.MaxDelay = RetryDelay;
                options.Reconnect.Jitter = 0;
                options.Reconnect.MaxAttempts = 0;
            },
            setup => setup.Connect = DialAsync,
            _network,
            _time);
        await _client.Remote.WaitForConnectionAsync(Server).Within("the connection");
        await _server.Events.NextAsync<EndpointConnected>();
        _line = _network.Connections[^1];
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Fact]
    public async Task ClientComesBackInTime_NothingIsLostEitherWay()
    {
        _server.Spawn("sink");
        _client.Spawn("sink");
        _client.SpawnEcho();
        await LoseAsync();
        Assert.Equal(EndpointState.Backoff, _server.Remote.GetEndpointState(_client.Address));

        for (var i = 0; i < 100; i++)
        {
            _server.Root.Send(_client.Pid("sink"), new Int32Value { Value = i });
            _client.Root.Send(_server.Pid("sink"), new Int32Value { Value = i });
        }

        var asked = AskAsync(_server, _client.Pid("echo"), "are you there?");
        _time.Advance(ResumeTimeout - TimeSpan.FromSeconds(1));
        Assert.Equal(100, _server.Remote.GetEndpointStatistics(_client.Address)!.QueueLength - 1);
        await ReturnAsync();

        Assert.Equal("re:are you there?", await asked.Within("the answer"));
        foreach (var node in new[] { _server, _client })
        {
            await node.Events.NextAsync<Receipt>(receipt => receipt is { Actor: "sink", Message: Int32Value { Value: 99 } });
            Assert.Equal(Enumerable.Range(0, 100), node.Events.Of<Receipt>().Where(receipt => receipt.Actor == "sink").Select(receipt => ((Int32Value)receipt.Message).Value));
            Assert.Empty(await node.PublishedAsync<EndpointTerminated>());
            Assert.Empty(await node.PublishedAsync<DeadLetterEvent>());
        }

        var back = await _server.Events.NextAsync<EndpointReconnected>();
        Assert.Equal((_client.Address, _client.SystemId), (back.Address, back.SystemId));
        Assert.InRange(back.Outage, ResumeTimeout - TimeSpan.FromSeconds(1), ResumeTimeout);
        Assert.Equal(1, _server.Remote.GetEndpointStatistics(_client.Address)!.Reconnects);
    }

    [Fact]
    public async Task ClientIsAwayForTooLong_WhatWaitsIsDeadAndItsWatchersAreTold()
    {
        _client.SpawnEcho("target");
        var waiting = await WatchAsync(_server, _client.Pid("target"));

        // The client has it, and no time passes in which it could say so.
        _server.Root.Send(_client.Pid("target"), new Int32Value { Value = 1 });
        await _client.Events.NextAsync<Receipt>(receipt => receipt.Message is Int32Value);
        await LoseAsync();
        _server.Root.Send(_client.Pid("target"), new Int32Value { Value = 2 });
        var asked = _server.RefusedAsync(_client.Pid("target"), "are you there?");

        _time.Advance(ResumeTimeout);

        Assert.Equal(TerminatedReason.AddressTerminated, (await waiting.Within("the end of the watch")).Why);
        Assert.Equal(DeadLetterReason.EndpointClosed, await asked);
        Assert.Equal(_client.Address, (await _server.Events.NextAsync<EndpointReconnectFailed>()).Address);
        Assert.Equal(new EndpointTerminated(_client.Address, EndpointTerminatedReason.ClientLost), await _server.Events.NextAsync<EndpointTerminated>());
        Assert.Equal(
            [(1, DeadLetterReason.DeliveryUnknown), (2, DeadLetterReason.EndpointClosed)],
            _server.Events.Of<RemoteDeadLetterEvent>().Where(letter => letter.Message is Int32Value).Select(letter => (((Int32Value)letter.Message).Value, letter.Reason)));
        Assert.Equal((EndpointState.Closed, 0), (_server.Remote.GetEndpointState(_client.Address), _server.Remote.Parts.Links.Count));
    }

    [Fact]
    public async Task ClientComesBackTooLate_ItsOwnMessagesWaitedAndBothGoOnWithANewLink()
    {
        _server.SpawnEcho();
        _client.SpawnEcho();
        Assert.Equal("re:batch 1 each way", await AskAsync(_server, _client.Pid("echo"), "batch 1 each way"));
        await LoseAsync();
        var asked = AskAsync(_client, _server.Pid("echo"), "queued all the time");
        _time.Advance(ResumeTimeout);
        await _server.Events.NextAsync<EndpointTerminated>();

        await ReturnAsync();

        Assert.Equal("re:queued all the time", await asked.Within("the answer"));
        Assert.Equal("re:and back", await AskAsync(_server, _client.Pid("echo"), "and back"));
        Assert.Single(_client.Log.Lines, line => line.Event.Name == "LinkUnknown");
        Assert.Equal(2, (await _server.PublishedAsync<EndpointConnected>()).Count);
    }

    [Fact]
    public async Task WatchedActorsStopWhileTheClientIsAway_EachWatchIsAnsweredOnce()
    {
        var (atServer, atClient) = (await SpawnFamilyAsync(_server), await SpawnFamilyAsync(_client));
        Task<Terminated>[] ends = [await WatchAsync(_client, _server.Pid("parent/target")), await WatchAsync(_server, _client.Pid("parent/target"))];
        await LoseAsync();
        await _server.Root.StopAsync(atServer).Within("stopping the server's actor");
        await _client.Root.StopAsync(atClient).Within("stopping the client's actor");
        Assert.DoesNotContain(ends, end => end.IsCompleted);

        await ReturnAsync();

        Assert.All(await Task.WhenAll(ends).Within("the ends of the watches"), end => Assert.Equal(TerminatedReason.Stopped, end.Why));
        _server.Spawn("last");
        _client.Root.Send(_server.Pid("last"), new Empty());
        await _server.NextReceiptAsync("last");
        Assert.All(new[] { _server, _client }, node => Assert.Single(node.Events.Of<Receipt>(), receipt => receipt.Message is Terminated));
    }

    [Fact]
    public async Task WatchesAcrossACut_AreStillWatchedAfterIt()
    {
        var atServer = _server.SpawnEcho("target");
        var atClient = _client.SpawnEcho("target");
        Task<Terminated>[] ends = [await WatchAsync(_client, _server.Pid("target")), await WatchAsync(_server, _client.Pid("target"))];
        await LoseAsync();
        await ReturnAsync();

        // Behind the watches, which are issued again.
        await AskAsync(_client, _server.Pid("target"), "settled");
        await AskAsync(_server, _client.Pid("target"), "settled");
        Assert.DoesNotContain(ends, end => end.IsCompleted);

        await _server.Root.StopAsync(atServer).Within("stopping the server's actor");
        await _client.Root.StopAsync(atClient).Within("stopping the client's actor");

        Assert.All(await Task.WhenAll(ends).Within("the ends of the watches"), end => Assert.Equal(TerminatedReason.Stopped, end.Why));
    }

    [Fact]
    public async Task ThirdNodeAnswersWhileTheClientIsAway_TheAnswerWaitsAtTheServer()
    {
        await using var third = await TestNode.StartAsync(network: _network, time: _time);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        third.Spawn("slow", async context =>
        {
            if (context.Message is StringValue text)
            {
                await go.Task;
                context.Respond(new StringValue { Value = "re:" + text.Value });
                context.Send(_server.Pid("marker"), new Empty());
            }
        });
        _server.Spawn("marker");
        _server.Spawn("forwarder", context =>
        {
            if (context.Message is StringValue)
            {
                context.Forward(third.Pid("slow"));
            }
        });
        var asked = AskAsync(_client, _server.Pid("forwarder"), "through you");
        await third.NextReceiptAsync("slow");
        await LoseAsync();

        go.SetResult();
        await _server.NextReceiptAsync("marker");
        Assert.Equal(1, _server.Remote.GetEndpointStatistics(_client.Address)!.QueueLength);
        await ReturnAsync();

        Assert.Equal("re:through you", await asked.Within("the answer"));
    }

    /// <summary>An actor with a child. Whoever waits for its end knows that the watchers of the child have been told.</summary>
    private static async Task<PID> SpawnFamilyAsync(TestNode node)
    {
        var born = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var family = Props.FromFunc(context =>
        {
            if (context.Message is Started)
            {
                context.SpawnNamed(Props.FromFunc(Echo), "target");
                born.SetResult();
            }

            return Task.CompletedTask;
        });
        var parent = node.Root.SpawnNamed(family, "parent");
        await born.Task.Within("the child");
        return parent;
    }

    private static Task Echo(IContext context)
    {
        if (context.Message is StringValue)
        {
            context.Respond(context.Message);
        }

        return Task.CompletedTask;
    }

    private Task<TestNode> StartServerAsync() => TestNode.StartAsync(network: _network, time: _time, at: Server);

    /// <summary>The client loses its connection and cannot come back.</summary>
    private async Task LoseAsync()
    {
        var lost = _client.Events.NextAsync<EndpointReconnecting>();
        _away = true;
        _line.Cut();
        var waits = await _server.Events.NextAsync<EndpointReconnecting>();
        Assert.Equal((_client.Address, ResumeTimeout), (waits.Address, waits.Delay));
        await lost.Within("the client notices");
    }

    private async Task ReturnAsync()
    {
        _away = false;
        var back = _client.Events.NextAsync<EndpointReconnected>();
        while (await Task.WhenAny(back, _time.WaitForTimerAsync(RetryDelay)) != back)
        {
            _time.Advance(RetryDelay);
        }

        await back.Within("the connection");
        _line = _network.Connections[^1];
    }

    private ValueTask<Stream> DialAsync(System.Net.EndPoint server, CancellationToken cancellationToken) =>
        _away ? ValueTask.FromException<Stream>(new IOException("No way to the server.")) : _network.ConnectAsync(server, cancellationToken);

    /// <summary>A request without a timeout, which the test's clock would reach.</summary>
    private static async Task<string> AskAsync(TestNode node, PID target, string text) =>
        (await node.Root.RequestAsync<StringValue>(target, new StringValue { Value = text }).Within($"the answer to {text}")).Value;

    /// <summary>Watches, and waits until the watch has arrived.</summary>
    private static async Task<Task<Terminated>> WatchAsync(TestNode node, PID target)
    {
        var ended = new TaskCompletionSource<Terminated>(TaskCreationOptions.RunContinuationsAsynchronously);
        var watcher = node.Spawn("watcher", context =>
        {
            if (context.Message is PID watched)
            {
                context.Watch(watched);
                context.Respond("done");
            }
            else if (context.Message is Terminated terminated)
            {
                ended.TrySetResult(terminated);
            }
        });
        await node.Root.RequestAsync<string>(watcher, target).Within("the watch");
        await AskAsync(node, target, "settled");
        return ended.Task;
    }
}
