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

    private static readonly KeyValuePair<string, object?>[] Tags = [new(RemoteTelemetry.PeerTag, "peer:1")];

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
        MessageHeader? headers = null;
        _here.ActorSystem.EventStream.Subscribe<RemoteDeadLetterEvent>(letter => (seen, headers) = (Activity.Current, letter.Header));

        _here.Root.Send(new PID("no address", "sink"), new StringValue { Value = "for nobody" });

        Assert.Same(caller, seen);
        var span = Assert.Single(_spans, span => span.ParentSpanId == caller.SpanId);
        Assert.Equal(new KeyValuePair<string, string>("traceparent", span.Id!), Assert.Single(headers!));
    }

    [Fact]
    public void Receive_WhatItSetsOff_SeesNoActivity()
    {
        using var listener = Listen();

        var span = MessageTrace.Receive(MessageHeader.Empty.With("traceparent", Foreign), Tags, _here.Remote.Parts.Context.Log);

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

        MessageTrace.End(MessageTrace.Send(ref delivery, Tags, _here.Remote.Parts.Context.Log), _here.Remote.Parts.Context.Log);

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

    /// <summary>As before, and the sampler has taken the trace out: that is known elsewhere too, and the span that nobody sees is no parent.</summary>
    [Fact]
    public async Task Send_SamplerTakesTheCallersTraceOut_ThatGoesAlong()
    {
        using var listener = Listen(ActivitySamplingResult.PropagationData);
        using var caller = new Activity("caller") { TraceStateString = "shop=1", ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start();

        _here.Root.Send(_there.Pid("sink"), new StringValue { Value = "untraced" });

        var headers = (await _there.NextReceiptAsync("sink")).Headers;
        Assert.Equal(($"00-{caller.TraceId}-{caller.SpanId}-00", "shop=1"), (headers["traceparent"], headers["tracestate"]));
        Assert.Empty(_spans);
    }

    /// <summary>One in a hundred is a usual setting: all that the other 99 pay is the question to the sampler.</summary>
    [Fact]
    public void NotSampled_NoSpanIsStarted_AndNothingGoesAlong()
    {
        using var listener = Listen(ActivitySamplingResult.PropagationData);
        var log = _here.Remote.Parts.Context.Log;
        var delivery = new RemoteDelivery(new PID("peer:1", "sink"), new StringValue());
        var (thread, changes) = (Environment.CurrentManagedThreadId, 0);
        Activity.CurrentChanged += Count;
        try
        {
            Assert.Null(MessageTrace.Send(ref delivery, Tags, log));
            Assert.Null(MessageTrace.Receive(MessageHeader.Empty.With("traceparent", Foreign), Tags, log));
        }
        finally
        {
            Activity.CurrentChanged -= Count;
        }

        Assert.Equal((true, 0), (delivery.IsPlain, changes));
        Assert.Empty(_spans);

        void Count(object? sender, ActivityChangedEventArgs change) => changes += Environment.CurrentManagedThreadId == thread ? 1 : 0;
    }

    /// <summary>A node that takes no trace of its own: those of its callers go through it, taken and not.</summary>
    [Fact]
    public async Task OpenTelemetry_ParentBased_CallersDecide()
    {
        using var traces = Sdk.CreateTracerProviderBuilder().AddRemoteInstrumentation().SetSampler(new ParentBasedSampler(new AlwaysOffSampler()))
            .AddProcessor(new Ended(_spans)).Build();

        Assert.Empty(await SendAsync());
        using (var untaken = new Activity("untaken").Start())
        {
            Assert.Equal(untaken.Id, (await SendAsync())["traceparent"]);
        }

        Assert.Empty(_spans);
        using var taken = new Activity("taken") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start();
        var parent = (await SendAsync())["traceparent"];

        var (send, receive) = await SpansAsync(taken.TraceId);
        Assert.Equal((send.Id, taken.SpanId, send.SpanId), (parent, send.ParentSpanId, receive.ParentSpanId));

        async Task<MessageHeader> SendAsync()
        {
            _here.Root.Send(_there.Pid("sink"), new StringValue { Value = "traced?" });
            return (await _there.NextReceiptAsync("sink")).Headers;
        }
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
