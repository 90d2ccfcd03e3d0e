using System.Diagnostics.Metrics;
using System.Reflection;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;
using Remote.Tests.Messaging;

namespace Remote.Tests;

/// <summary>Each instrument says what happened in a small scene.</summary>
[Trait("Behaviour", "O-03")]
public sealed class MetricsTests : DisposedAfterTest
{
    private const string Here = "here:8000";
    private const string There = "there:8000";

    private readonly InMemoryNetwork _network = new();
    private readonly MetricsProbe _here = new();
    private readonly MetricsProbe _there = new();

    public override async ValueTask DisposeAsync()
    {
        _here.Dispose();
        _there.Dispose();
        await _network.DisposeAsync();
    }

    /// <summary>Every constant is the name of an instrument, with the unit and the kind that collectors go by, and with no tag that has no bounds.</summary>
    [Fact]
    public async Task Instruments_AreThoseThatConstantsName()
    {
        await using var node = await StartAsync(Here, _here);

        Assert.Equal(Constants(), _here.Instruments.Select(static instrument => instrument.Name).Order(StringComparer.Ordinal));
        Assert.Equal(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["{message}"] = "remote.actor.mailbox.length remote.batch.messages remote.credit.messages remote.dead_letters remote.messages.acknowledged remote.messages.delivered remote.messages.failed "
                    + "remote.messages.received remote.messages.rejected remote.messages.sent remote.messages.unconfirmed remote.queue.capacity "
                    + "remote.queue.length remote.retained.messages remote.serialization.failures "
                    + "remote.serialization.type_failures",
                ["By"] = "remote.batch.size remote.bytes.received remote.bytes.sent remote.credit.bytes remote.retained.bytes",
                ["{batch}"] = "remote.batches.sent",
                ["{call}"] = "remote.access.denied_peers remote.queue.waiters",
                ["{connection}"] = "remote.access.closed_peers",
                ["{endpoint}"] = "remote.endpoint.connected remote.endpoint.count",
                ["{level}"] = "remote.queue.level",
                ["{link}"] = "remote.inbound.links",
                ["{operation}"] = "remote.access.denied_operations",
                ["{reconnect}"] = "remote.reconnects",
                ["{refusal}"] = "remote.limit.refusals",
                ["{stream}"] = "remote.inbound.streams",
                ["s"] = "remote.actor.duration remote.heartbeat.duration remote.round_trip.duration",
            },
            Grouped(static instrument => instrument.Unit!));
        Assert.Equal(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Histogram"] = "remote.actor.duration remote.batch.messages remote.batch.size remote.heartbeat.duration remote.round_trip.duration",
                ["ObservableCounter"] = "remote.access.closed_peers remote.access.denied_operations remote.access.denied_peers remote.batches.sent remote.bytes.received remote.bytes.sent remote.dead_letters remote.limit.refusals "
                    + "remote.messages.acknowledged remote.messages.delivered remote.messages.failed remote.messages.received remote.messages.rejected "
                    + "remote.messages.sent remote.messages.unconfirmed remote.reconnects remote.serialization.failures "
                    + "remote.serialization.type_failures",
                ["ObservableGauge"] = "remote.queue.level",
                ["ObservableUpDownCounter"] = "remote.actor.mailbox.length remote.credit.bytes remote.credit.messages remote.endpoint.connected remote.endpoint.count "
                    + "remote.inbound.links remote.inbound.streams remote.queue.capacity remote.queue.length remote.queue.waiters "
                    + "remote.retained.bytes remote.retained.messages",
            },
            Grouped(static instrument => instrument.GetType().Name.Split('`')[0]));
        Assert.All(_here.Instruments, static instrument => Assert.NotEmpty(instrument.Description!));
    }

    [Fact]
    public async Task Exchange_CountsOnBothSides()
    {
        await using var here = await StartAsync(Here, _here);
        await using var there = await StartAsync(There, _there);
        there.SpawnEcho();
        await here.AskAsync(there.Pid("echo"), "1");
        await here.AskAsync(there.Pid("echo"), "2");

        var during = _there.Collect();
        Assert.Equal((1, 1), (during["remote.inbound.streams"], during["remote.inbound.links"]));
        Assert.Equal((1, 1), (during[$"remote.endpoint.connected {Here}"], during["remote.endpoint.count Connected"]));

        // Whoever has left in good order has read and acknowledged all.
        await here.Remote.ShutdownAsync().Within("the shutdown");
        await there.Remote.ShutdownAsync().Within("the shutdown of the peer");
        var (ours, theirs) = (_here.Collect(), _there.Collect());
        var statistics = here.Remote.GetEndpointStatistics(There)!;
        Assert.Equal((2, 2), (ours[$"remote.messages.sent {There}"], ours[$"remote.messages.acknowledged {There}"]));
        Assert.Equal((2, 2), (ours[$"remote.messages.received {There}"], ours[$"remote.messages.delivered {There}"]));
        Assert.Equal((2, 2), (theirs[$"remote.messages.received {Here}"], theirs[$"remote.messages.delivered {Here}"]));
        Assert.Equal((statistics.Batches, statistics.BytesOut), (ours[$"remote.batches.sent {There}"], ours[$"remote.bytes.sent {There}"]));
        Assert.Equal((ours[$"remote.bytes.sent {There}"], ours[$"remote.bytes.received {There}"]), (theirs[$"remote.bytes.received {Here}"], theirs[$"remote.bytes.sent {Here}"]));
        Assert.InRange(statistics.Batches, 1, 2);
        Assert.InRange(statistics.BytesOut, 1, 10_000);
        Assert.Equal((1, 0), (ours["remote.endpoint.count Closed"], ours["remote.endpoint.count Connected"]));
        Assert.DoesNotContain($"remote.queue.capacity {There}", ours.Keys);
        Assert.DoesNotContain(ours.Keys, key => key.StartsWith("remote.messages.failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task FullLane_QueueLevelAndFailures()
    {
        await using var here = await StartAsync(Here, _here, options => options.Endpoint.QueueCapacity = 10);
        _network.BlackHole(There);
        for (var i = 0; i < 12; i++)
        {
            here.Root.Send(new PID(There, "sink"), new Empty());
        }

        var waiting = here.Root.SendAsync(new PID(There, "sink"), new Empty(), CancellationToken.None);
        await _network.WaitForDialsAsync(1);

        var values = _here.Collect();
        Assert.Equal((10, 10, 1, 2), (Queue("length"), Queue("capacity"), Queue("waiters"), Queue("level")));
        Assert.Equal((2, 2), (values[$"remote.messages.failed {There} QueueFull"], values["remote.dead_letters QueueFull"]));
        Assert.Equal((0, 0), (values[$"remote.messages.sent {There}"], values[$"remote.endpoint.connected {There}"]));
        Assert.Equal(1, values["remote.endpoint.count Connecting"]);
        Assert.Equal(
            (RemoteTelemetry.PeerTag, $"{RemoteTelemetry.PeerTag} {RemoteTelemetry.ReasonTag}", RemoteTelemetry.ReasonTag, RemoteTelemetry.StateTag),
            (_here.TagNames["remote.queue.length"], _here.TagNames["remote.messages.failed"], _here.TagNames["remote.dead_letters"], _here.TagNames["remote.endpoint.count"]));

        await here.Remote.ShutdownAsync().Within("the shutdown");
        await Assert.ThrowsAsync<RemoteException>(() => waiting.AsTask());
        _network.Heal(There);

        long Queue(string what) => values[$"remote.queue.{what} {There}"];
    }

    [Fact]
    public async Task NoAcknowledgement_RetainedAndCredit()
    {
        await using var here = await StartAsync(Here, _here);
        await using var there = await StartAsync(There, _there);
        there.Spawn("sink");
        await here.Remote.WaitForConnectionAsync(There).Within("the connection");
        Assert.Equal((0, 0, 65_536), Link());
        var connection = _network.Connections.Single(static connection => connection.Address == There);
        connection.Stall(NetworkDirection.ToClient);

        here.Root.Send(there.Pid("sink"), new StringValue { Value = "kept" });
        await there.NextReceiptAsync("sink");

        Assert.Equal((1, here.Remote.GetEndpointStatistics(There)!.BytesOut, 65_535), Link());
        var values = _here.Collect();
        Assert.Equal(here.Remote.GetEndpointStatistics(There)!.CreditBytes, values[$"remote.credit.bytes {There}"]);
        Assert.Equal((1, 0), (values[$"remote.messages.sent {There}"], values[$"remote.messages.acknowledged {There}"]));
        connection.Resume(NetworkDirection.ToClient);

        (long Messages, long Bytes, long Credit) Link()
        {
            var values = _here.Collect();
            return (values[$"remote.retained.messages {There}"], values[$"remote.retained.bytes {There}"], values[$"remote.credit.messages {There}"]);
        }
    }

    [Fact]
    public async Task LostForGood_WhatWasSentStaysSent()
    {
        await using var here = await StartAsync(Here, _here, options => options.Reconnect = new ReconnectOptions { InitialDelay = TimeSpan.FromMilliseconds(1), MaxAttempts = 1 });
        await using var there = await StartAsync(There, _there);
        there.Spawn("sink");
        await here.Remote.WaitForConnectionAsync(There).Within("the connection");
        _network.Connections.Single(static connection => connection.Address == There).Stall(NetworkDirection.ToClient);
        here.Root.Send(there.Pid("sink"), new StringValue { Value = "kept" });
        await there.NextReceiptAsync("sink");

        _network.Refuse(There);
        _network.Cut(There);
        await here.Events.NextAsync<EndpointTerminated>();

        var values = _here.Collect();
        Assert.Equal((1, 1), (values[$"remote.messages.sent {There}"], values[$"remote.messages.failed {There} DeliveryUnknown"]));
        Assert.Equal(1, values["remote.dead_letters DeliveryUnknown"]);
        _network.Heal(There);
    }

    [Fact]
    public async Task Cut_Reconnects()
    {
        await using var here = await StartAsync(Here, _here, options => options.Reconnect.InitialDelay = TimeSpan.FromMilliseconds(1));
        await using var there = await StartAsync(There, _there);
        await here.Remote.WaitForConnectionAsync(There).Within("the connection");
        Assert.Equal(0, _here.Collect()[$"remote.reconnects {There}"]);

        _network.Cut(There);
        await here.Events.NextAsync<EndpointReconnected>();

        var values = _here.Collect();
        Assert.Equal((1, 1), (values[$"remote.reconnects {There}"], values[$"remote.endpoint.connected {There}"]));
    }

    [Fact]
    public async Task CutWithoutALink_Unconfirmed()
    {
        await using var here = await StartAsync(Here, _here, options => options.PlainPeers = [There]);
        await using var there = await StartAsync(There, _there);
        there.Spawn("sink");
        here.Root.Send(there.Pid("sink"), new StringValue { Value = "lost?" });
        await there.NextReceiptAsync("sink");

        _network.Cut(There);
        await here.Events.NextAsync<EndpointUnconfirmed>();

        var values = _here.Collect();
        Assert.Equal((1, 1), (values[$"remote.messages.sent {There}"], values[$"remote.messages.unconfirmed {There}"]));
        Assert.DoesNotContain($"remote.credit.messages {There}", values.Keys);
    }

    [Fact]
    public async Task NotReadOrNotWritten_SerializationFailures()
    {
        await using var here = await StartAsync(Here, _here, setup: static setup => setup.AddSerializer(OddSerializer.Id, 1, new OddSerializer()));
        await using var there = await StartAsync(There, _there);
        there.SpawnEcho();
        here.Root.Send(there.Pid("missing"), new StringValue { Value = "for nobody" });
        here.Root.Send(there.Pid("echo"), new Blob([1]));
        here.Root.Send(there.Pid("echo"), new Unwritable());

        // A batch is counted when it has been read to its end, so before the next one is.
        await here.AskAsync(there.Pid("echo"), "1");
        await here.AskAsync(there.Pid("echo"), "2");

        var (ours, theirs) = (_here.Collect(), _there.Collect());
        Assert.Equal((1, 0), (ours[$"remote.serialization.failures {There} out"], ours[$"remote.serialization.failures {There} in"]));
        Assert.Equal((0, 1), (theirs[$"remote.serialization.failures {Here} out"], theirs[$"remote.serialization.failures {Here} in"]));
        Assert.Equal((1, 1), (theirs[$"remote.messages.rejected {Here} UnknownType"], theirs[$"remote.messages.rejected {Here} NoSuchProcess"]));
        Assert.Equal((1, 1), (theirs["remote.dead_letters UnknownType"], theirs["remote.dead_letters NoSuchProcess"]));
        Assert.Equal((1, 1), (ours[$"remote.messages.failed {There} NotSerializable"], ours["remote.dead_letters NotSerializable"]));
        Assert.Equal($"{RemoteTelemetry.PeerTag} {RemoteTelemetry.DirectionTag}", _here.TagNames["remote.serialization.failures"]);
    }

    [Fact]
    public async Task Refused_ByLimit_AlsoWithoutAnEndpoint()
    {
        await using var here = await StartAsync(Here, _here, options => options.Hooks.AllowDial = static (_, _) => false);

        here.Root.Send(new PID(There, "sink"), new Empty());

        var values = _here.Collect();
        Assert.Equal((1, 1), (values["remote.limit.refusals Hooks.AllowDial"], values["remote.dead_letters Forbidden"]));
        Assert.Equal(RemoteTelemetry.LimitTag, _here.TagNames["remote.limit.refusals"]);
        Assert.DoesNotContain(values.Keys, static key => key.Contains(There, StringComparison.Ordinal));
    }

    /// <summary>The counters of who was turned away are those of the statistics.</summary>
    [Theory]
    [InlineData("remote.access.denied_peers")]
    [InlineData("remote.access.closed_peers")]
    public async Task TurnedAway_Peers(string counter)
    {
        var isClosed = counter == RemoteTelemetry.ClosedPeers;
        await using var there = await StartAsync(There, _there, options => options.Hooks.AuthorizePeer = (_, _) =>
            ValueTask.FromResult(isClosed ? RemotePermission.Close("no") : RemotePermission.Deny("no")));
        await using var here = await StartAsync(
            Here, _here, options => options.Reconnect = new ReconnectOptions { InitialDelay = TimeSpan.FromMilliseconds(1), MaxAttempts = 1 });
        here.Root.Send(there.Pid("sink"), new Empty());
        await here.Events.NextAsync<EndpointTerminated>();

        var (values, statistics) = (_there.Collect(), there.Remote.GetAccessStatistics());

        Assert.Equal((statistics.DeniedPeers, statistics.ClosedPeers), (values[RemoteTelemetry.DeniedPeers], values[RemoteTelemetry.ClosedPeers]));
        Assert.True(values[counter] > 0);
        Assert.Equal(values[counter], values[RemoteTelemetry.DeniedPeers] + values[RemoteTelemetry.ClosedPeers]);
    }

    [Fact]
    public async Task Clients_AreOneTag()
    {
        await using var there = await StartAsync(There, _there);
        there.SpawnEcho();
        await using var first = await TestNode.StartClientAsync(network: _network);
        await using var second = await TestNode.StartClientAsync(network: _network);
        await first.AskAsync(there.Pid("echo"), "1");
        await second.AskAsync(there.Pid("echo"), "1");
        await second.AskAsync(there.Pid("echo"), "2");

        var values = _there.Collect();

        Assert.Equal((2, 2_000_000, 0), (values["remote.endpoint.connected $client"], values["remote.queue.capacity $client"], values["remote.queue.level $client"]));
        Assert.Equal(3, values["remote.messages.sent $client"]);
        Assert.DoesNotContain(values.Keys, key => key.Contains(first.Address, StringComparison.Ordinal) || key.Contains(second.Address, StringComparison.Ordinal));
    }

    /// <summary>Ten minutes after its end an endpoint is forgotten, and what it counted is not.</summary>
    [Fact]
    public async Task Forgotten_CountersNeverGoDown()
    {
        var time = new ManualTimeProvider();
        await using var here = await StartAsync(Here, _here, time: time);
        await using (var there = await StartAsync(There, _there))
        {
            there.SpawnEcho();
            await here.AskAsync(there.Pid("echo"), "1");
        }

        await here.Events.NextAsync<EndpointTerminated>();
        var before = Counters();
        Assert.Equal((1, 1), (before[$"remote.messages.sent {There}"], before[$"remote.messages.received {There}"]));

        time.Advance(TimeSpan.FromMinutes(11));
        Assert.Null(here.Remote.GetEndpointStatistics(There));
        Assert.Equal(before, Counters());

        using var restarted = new MetricsProbe();
        await using var again = await StartAsync(There, restarted);
        again.SpawnEcho();
        await here.AskAsync(again.Pid("echo"), "2");
        Assert.Equal(2, _here.Collect()[$"remote.messages.sent {There}"]);

        Dictionary<string, long> Counters()
        {
            var counters = _here.Instruments.Where(static instrument => instrument is ObservableCounter<long>).Select(static instrument => instrument.Name).ToHashSet();
            return _here.Collect().Where(value => counters.Contains(value.Key.Split(' ')[0])).ToDictionary();
        }
    }

    /// <summary>Without a factory the node makes its meter, says whose it is, and takes it along when it ends.</summary>
    [Fact]
    public async Task OwnMeter_EndsWithTheNode()
    {
        List<string> begun = [], ended = [];
        using var listener = new MeterListener();
        await using var node = await TestNode.StartAsync();
        listener.InstrumentPublished = (instrument, all) =>
        {
            if (instrument.Meter.Name == RemoteTelemetry.MeterName
                && instrument.Meter.Tags!.Contains(new KeyValuePair<string, object?>(RemoteTelemetry.NodeTag, node.Address)))
            {
                begun.Add(instrument.Name);
                all.EnableMeasurementEvents(instrument);
            }
        };
        listener.MeasurementsCompleted = (instrument, _) => ended.Add(instrument.Name);
        listener.Start();
        Assert.Equal(Constants(), begun.Order(StringComparer.Ordinal));

        await node.Remote.ShutdownAsync().Within("the shutdown");

        Assert.Equal(begun.Order(StringComparer.Ordinal), ended.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Constants() => typeof(RemoteTelemetry).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(static field => !field.Name.EndsWith("Tag", StringComparison.Ordinal))
        .Select(static field => (string)field.GetRawConstantValue()!)
        .Where(static value => value.StartsWith("remote.", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    private Dictionary<string, string> Grouped(Func<Instrument, string> by) => _here.Instruments.GroupBy(by).ToDictionary(
        static group => group.Key,
        static group => string.Join(' ', group.Select(static instrument => instrument.Name).Order(StringComparer.Ordinal)),
        StringComparer.Ordinal);

    private Task<TestNode> StartAsync(
        string at, MetricsProbe metrics, Action<RemoteOptions>? options = null, Action<TestSetup>? setup = null, TimeProvider? time = null) => TestNode.StartAsync(
        own =>
        {
            own.Hooks.MeterFactory = metrics;
            options?.Invoke(own);
        },
        setup,
        _network,
        time,
        at);

    /// <summary>A message that its serializer stumbles over.</summary>
    private sealed class Unwritable
    {
        public string Text => throw new NotSupportedException("It cannot be written.");
    }
}
