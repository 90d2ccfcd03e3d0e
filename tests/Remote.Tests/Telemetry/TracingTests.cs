using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Google.Protobuf.WellKnownTypes;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Proto;
using Remote.OpenTelemetry;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Whoever listens to spans listens to all nodes of the process.</summary>
[CollectionDefinition(nameof(TracingTests), DisableParallelization = true)]
public sealed class TracingCollection;

/// <summary>Spans of messages between nodes, and the context that joins them.</summary>
[Collection(nameof(TracingTests))]
[Trait("Behaviour", "O-03")]
public sealed class TracingTests : IAsyncLifetime
{
    private const string Foreign = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private readonly InMemoryNetwork _network = new();
    private readonly ConcurrentQueue<Activity> _spans = [];
    private TestNode _here = null!;
    private TestNode _there = null!;

    public async Task InitializeAsync()
    {
        _here = await TestNode.StartAsync(network: _network);
        _there = await TestNode.StartAsync(network: _network);
        _there.Spawn("sink");
        await _here.Remote.WaitForConnectionAsync(_there.Address).Within("the connection");
    }

    public async Task DisposeAsync()
    {
        await _here.DisposeAsync();
        await _there.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Fact]
    public async Task Send_InATrace_ReceiveIsItsChildOnTheOtherNode()
    {
        using var listener = Listen();
        using var caller = new Activity("caller") { TraceStateString = "shop=1" }.Start();

        _here.Root.Send(_there.Pid("sink"), new StringValue { Value = "traced" });

        Assert.Same(caller, Activity.Current);
        var headers = (await _there.NextReceiptAsync("sink")).Headers;
        var (send, receive) = await SpansAsync(caller.TraceId);
        Assert.Equal((caller.SpanId, ActivityKind.Producer), (send.ParentSpanId, send.Kind));
        Assert.Equal((send.SpanId, ActivityKind.Consumer, true), (receive.ParentSpanId, receive.Kind, receive.HasRemoteParent));
        Assert.Equal((send.Id, "shop=1"), (headers["traceparent"], headers["tracestate"]));
        Assert.Equal("shop=1", receive.TraceStateString);
        Assert.Equal(
            (_there.Address, _here.Address),
            (send.GetTagItem(RemoteTelemetry.PeerTag), receive.GetTagItem(RemoteTelemetry.PeerTag)));
    }

    [Fact]
    public async Task Request_InATrace_IsAnswered_AndNoSpanIsTheActorsActivity()
    {
        using var listener = Listen();
        var seen = new ConcurrentQueue<string?>();
        _there.Spawn("asked", context =>
        {
            seen.Enqueue(Activity.Current?.Source.Name);
            if (context.Message is StringValue)
            {
                context.Respond(new StringValue { Value = "yes" });
            }
        });
        using var caller = new Activity("caller").Start();

        Assert.Equal("yes", await _here.AskAsync(_there.Pid("asked"), "traced?"));

        Assert.DoesNotContain(RemoteTelemetry.ActivitySourceName, seen);
        await SpansAsync(caller.TraceId);
    }

    /// <summary>Tracing middleware of the application knows better where its message comes from.</summary>
    [Fact]
    public async Task Send_WithAContextOfItsOwn_KeepsIt()
    {
        using var listener = Listen();
        var header = MessageHeader.Empty.With("traceparent", Foreign).With("mine", "1");

        _here.Root.Send(_there.Pid("sink"), new Proto.MessageEnvelope(new StringValue { Value = "traced" }, null!, header));

        var headers = (await _there.NextReceiptAsync("sink")).Headers;
        Assert.Equal(header.OrderBy(static entry => entry.Key), headers.OrderBy(static entry => entry.Key));
        var (send, receive) = await SpansAsync(ActivityContext.Parse(Foreign, null).TraceId);
        Assert.All([send, receive], static span => Assert.Equal(Foreign[36..52], span.ParentSpanId.ToHexString()));
    }

    /// <summary>What a send sets off on its own thread, a handler of a dead letter here, does not begin inside of the span.</summary>
    [Fact]
    public void Send_WhatItSetsOff_SeesTheCallersActivity()
    {
        using var listener = Listen();
        using var caller = new Activity("caller").Start();
        Activity? seen = null;
        _here.ActorSystem.EventStream.Subscribe<RemoteDeadLetterEvent>(_ => seen = Activity.Current);

        _here.Root.Send(new PID("no address", "sink"), new StringValue { Value = "for nobody" });

        Assert.Same(caller, seen);
        Assert.Contains(_spans, span => span.ParentSpanId == caller.SpanId);
    }

    [Fact]
    public void Receive_WhatItSetsOff_SeesNoActivity()
    {
        using var listener = Listen();

        var span = MessageTrace.Receive(MessageHeader.Empty.With("traceparent", Foreign), "peer:1", _here.Remote.Parts.Context.Log);

        Assert.NotNull(span);
        Assert.Null(Activity.Current);
        MessageTrace.End(span, _here.Remote.Parts.Context.Log);
        Assert.Null(Activity.Current);
        Assert.Same(span, Assert.Single(_spans));
    }

    /// <summary>A request that is traced is still known as one, so that it is not sent when its caller has given up.</summary>
    [Fact]
    public async Task Send_Request_StaysOne()
    {
        using var listener = Listen();
        await using var system = new ActorSystem(new ActorSystemConfig { SharedFutures = false });
        using var future = system.Root.GetFuture();
        var request = new Proto.MessageEnvelope(new StringValue(), future.Pid);
        var delivery = new RemoteDelivery(new PID("peer:1", "sink"), request, system.ProcessRegistry);

        MessageTrace.End(MessageTrace.Send(ref delivery, "peer:1", _here.Remote.Parts.Context.Log), _here.Remote.Parts.Context.Log);

        Assert.Equal(["traceparent"], delivery.Headers!.Keys);
        Assert.Equal((future.Pid, false), (delivery.Sender, delivery.IsAbandoned));
        system.Root.Send(future.Pid, new StringValue());
        await future.Task.Within("the answer");
        Assert.True(delivery.IsAbandoned);
    }

    /// <summary>Nobody looks at the trace here; somebody may elsewhere.</summary>
    [Fact]
    public async Task Send_InATraceThatIsNotSampled_ItsContextGoesAlong()
    {
        using var listener = Listen(ActivitySamplingResult.None);
        using var caller = new Activity("caller").Start();

        _here.Root.Send(_there.Pid("sink"), new StringValue { Value = "untraced" });

        Assert.Equal(caller.Id, (await _there.NextReceiptAsync("sink")).Headers["traceparent"]);
        Assert.Empty(_spans);
    }

    [Fact]
    public async Task Send_NobodyListens_NoHeader()
    {
        using var caller = new Activity("caller").Start();

        _here.Root.Send(_there.Pid("sink"), new StringValue { Value = "untraced" });

        Assert.Empty((await _there.NextReceiptAsync("sink")).Headers);
    }

    [Fact]
    public async Task Listener_Throws_MessagesGoOn()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == RemoteTelemetry.ActivitySourceName,
            Sample = static (ref _) => ActivitySamplingResult.AllData,
            ActivityStarted = static span => throw new InvalidOperationException(span.OperationName),
            ActivityStopped = static span => throw new InvalidOperationException(span.OperationName),
        };
        ActivitySource.AddActivityListener(listener);

        _here.Root.Send(_there.Pid("sink"), new StringValue { Value = "sent" });
        await _here.Root.SendAsync(_there.Pid("sink"), new StringValue { Value = "sent" });

        await _there.Events.WaitForCountAsync<Receipt>(2);
        Assert.Null(Activity.Current);
        await _here.Log.NextAsync("TracingFailed");
    }

    /// <summary>The two calls of Remote.OpenTelemetry, with OpenTelemetry's own collectors behind them.</summary>
    [Fact]
    public async Task OpenTelemetry_CollectsBoth()
    {
        var exporter = new MetricNames();
        using var reader = new BaseExportingMetricReader(exporter);
        using var meters = Sdk.CreateMeterProviderBuilder().AddRemoteInstrumentation().AddReader(reader).Build();
        using var traces = Sdk.CreateTracerProviderBuilder().AddRemoteInstrumentation().AddProcessor(new Ended(_spans)).Build();
        _there.SpawnEcho();

        _here.Root.Send(_there.Pid("sink"), new StringValue { Value = "traced" });
        await _here.AskAsync(_there.Pid("echo"), "traced");
        reader.Collect();

        // Two nodes have the same names, and are kept apart by the tag of their meters.
        Assert.Contains($"{_here.Address} remote.messages.sent {_there.Address} 2", exporter.Values);
        Assert.Contains($"{_there.Address} remote.messages.sent {_here.Address} 1", exporter.Values);
        Assert.Contains(_spans, static span => span is { OperationName: "receive", HasRemoteParent: true });
    }

    [Fact]
    public async Task AddRemote_MeterOfTheApplication()
    {
        var found = new ConcurrentQueue<Meter>();
        await using var hosted = await HostedNode.StartAsync();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Tags?.Contains(new KeyValuePair<string, object?>(RemoteTelemetry.NodeTag, hosted.Address)) == true)
                {
                    found.Enqueue(instrument.Meter);
                }
            },
        };

        listener.Start();

        Assert.NotEmpty(found);
        Assert.All(found, meter => Assert.Same(hosted.App.Services.GetService(typeof(IMeterFactory)), meter.Scope));
    }

    private ActivityListener Listen(ActivitySamplingResult result = ActivitySamplingResult.AllDataAndRecorded)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == RemoteTelemetry.ActivitySourceName,
            Sample = (ref _) => result,
            ActivityStopped = _spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    /// <summary>The two spans of a message, when both are over: the actor may have it before that.</summary>
    private async Task<(Activity Send, Activity Receive)> SpansAsync(ActivityTraceId trace)
    {
        // What comes next on the same stream is given to its actor after that.
        _there.Spawn("next");
        _here.Root.Send(_there.Pid("next"), new StringValue { Value = "next" });
        await _there.NextReceiptAsync("next");
        var spans = _spans.Where(span => span.TraceId == trace).ToList();
        var send = spans.First(static span => span.OperationName == "send");
        return (send, spans.First(static span => span.OperationName == "receive"));
    }

    private sealed class Ended(ConcurrentQueue<Activity> spans) : BaseProcessor<Activity>
    {
        public override void OnEnd(Activity data) => spans.Enqueue(data);
    }

    private sealed class MetricNames : BaseExporter<Metric>
    {
        public List<string> Values { get; } = [];

        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (var metric in batch)
            {
                foreach (ref readonly var point in metric.GetMetricPoints())
                {
                    if (metric.MetricType == MetricType.LongSum)
                    {
                        var tags = "";
                        foreach (var tag in point.Tags)
                        {
                            tags += $"{tag.Value} ";
                        }

                        Values.Add($"{metric.MeterTags?.Single().Value} {metric.Name} {tags}{point.GetSumLong()}");
                    }
                }
            }

            return ExportResult.Success;
        }
    }
}
