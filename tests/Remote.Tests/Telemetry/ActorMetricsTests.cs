using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Google.Protobuf.WellKnownTypes;
using Proto;

namespace Remote.Tests;

/// <summary>Mailboxes and the time in actors, for props that want them.</summary>
[Trait("Behaviour", "O-03")]
public sealed class ActorMetricsTests : IAsyncLifetime
{
    private const string Length = "remote.actor.mailbox.length order";

    private readonly MetricsProbe _probe = new(histograms: true);
    private TestNode _node = null!;

    public async Task InitializeAsync() => _node = await TestNode.StartAsync(
        options => options.Hooks.MeterFactory = _probe, system: new ActorSystemConfig().WithMetrics());

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        _probe.Dispose();
    }

    [Fact]
    public async Task BusyActor_MailboxLength_UntilItStops()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var props = _node.Recorder("order", async context =>
        {
            if (context.Message is StringValue)
            {
                begun.TrySetResult();
                await release.Task;
            }
        }).WithRemoteMetrics("order");
        var (first, second) = (_node.Root.Spawn(props), _node.Root.Spawn(props));
        Send(first, 3);
        await begun.Task.Within("the first message");

        // It works on one, and two wait.
        Assert.Equal(2, _probe.Collect()[Length]);
        Assert.Equal(RemoteTelemetry.ActorTag, _probe.TagNames[RemoteTelemetry.MailboxLength]);

        release.SetResult();
        Send(second, 1);
        await _node.Events.WaitForCountAsync<Receipt>(4);
        await _node.Root.PoisonAsync(first).Within("the end of the first");
        Assert.Equal(0, _probe.Collect()[Length]);
        await _node.Root.PoisonAsync(second).Within("the end of the second");
        Assert.DoesNotContain(Length, _probe.Collect().Keys);
    }

    [Fact]
    public async Task Messages_AreTimed_AlsoThoseThatThrow()
    {
        var actor = _node.Root.Spawn(_node.Recorder("order", static context =>
            context.Message is StringValue { Value: "bad" } ? throw new InvalidOperationException("bad") : Task.CompletedTask).WithRemoteMetrics("order"));

        Send(actor, 2);
        _node.Root.Send(actor, new StringValue { Value = "bad" });
        await _node.Root.PoisonAsync(actor).Within("its end");

        var times = _probe.Measured.Where(static one => one.Instrument == RemoteTelemetry.ActorTime).ToList();
        Assert.All(times, static one => Assert.Equal("remote.actor order", one.Tag));
        Assert.All(times, static one => Assert.InRange(one.Value, 0, TestTime.Ceiling.TotalSeconds));

        // What the supervisor and the end set off are no messages of the application.
        Assert.Equal(3, times.Count);
    }

    /// <summary>Props that say nothing are not measured, and neither is one whose system has no remoting.</summary>
    [Fact]
    public async Task Others_AreNotMeasured()
    {
        await using var alone = new ActorSystem();
        var received = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var props = Props.FromFunc(context =>
        {
            if (context.Message is StringValue)
            {
                received.TrySetResult();
            }

            return Task.CompletedTask;
        });
        alone.Root.Send(alone.Root.Spawn(props.WithRemoteMetrics("alone")), new StringValue());
        await received.Task.Within("the message");
        _node.Root.Send(_node.Spawn("sink"), new StringValue());
        await _node.NextReceiptAsync("sink");

        Assert.DoesNotContain(_probe.Measured, static one => one.Instrument == RemoteTelemetry.ActorTime);
        Assert.DoesNotContain(_probe.Collect().Keys, static key => key.StartsWith("remote.actor", StringComparison.Ordinal));
    }

    /// <summary>Proto.Actor measures the same actor in its own way, and neither is in the way of the other.</summary>
    [Fact]
    public async Task ProtoActorsOwnMetrics_GoOnBesideIt()
    {
        var theirs = new ConcurrentQueue<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, all) =>
            {
                if (instrument.Meter.Name == "Proto.Actor")
                {
                    all.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Note(instrument, tags));
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Note(instrument, tags));
        listener.Start();

        var actor = _node.Root.Spawn(_node.Recorder("order").WithRemoteMetrics("order"));
        Send(actor, 1);
        await _node.NextReceiptAsync("order");
        await _node.Root.PoisonAsync(actor).Within("its end");

        Assert.Contains("protoactor_actor_messagereceive_duration", theirs);
        Assert.Contains(_probe.Measured, static one => one.Instrument == RemoteTelemetry.ActorTime);

        void Note(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (tags.Contains(new KeyValuePair<string, object?>("id", _node.SystemId)))
            {
                theirs.Enqueue(instrument.Name);
            }
        }
    }

    private void Send(PID target, int count)
    {
        for (var number = 0; number < count; number++)
        {
            _node.Root.Send(target, new StringValue { Value = "work" });
        }
    }
}
