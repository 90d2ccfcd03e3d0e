using System.Diagnostics;
using System.Reflection;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Router;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>What else an application does with Proto.Actor goes on working beside this remoting.</summary>
[Trait("Behaviour", "I-10")]
public sealed class BesideProtoActorTests : IAsyncLifetime
{
    private const BindingFlags Hidden = BindingFlags.Instance | BindingFlags.NonPublic;

    private readonly InMemoryNetwork _network = new();
    private TestNode _here = null!;
    private TestNode _there = null!;

    public async Task InitializeAsync()
    {
        _here = await TestNode.StartAsync(network: _network);
        _there = await TestNode.StartAsync(network: _network);
    }

    public async Task DisposeAsync()
    {
        await _here.DisposeAsync();
        await _there.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Fact]
    public async Task RouterHere_RouteesThere_EachGetsItsShare()
    {
        PID[] routees = [.. Enumerable.Range(0, 3).Select(index => Named(_there, $"routee{index}"))];
        var router = _here.Root.Spawn(_here.Root.NewRoundRobinGroup(routees));

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => _here.AskAsync(router, "who")));

        Assert.Equal(["routee0", "routee0", "routee1", "routee1", "routee2", "routee2"], answers.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task RouterThere_AskedFromHere_PassesOnWithTheSender()
    {
        PID[] routees = [Named(_there, "a"), Named(_there, "b")];
        _there.Root.SpawnNamed(_there.Root.NewBroadcastGroup(routees), "all");
        var asker = _here.Spawn("asker");

        _here.Root.Request(_there.Pid("all"), new StringValue { Value = "who" }, asker);

        StringValue[] answers =
        [
            (StringValue)(await _here.NextReceiptAsync("asker")).Message,
            (StringValue)(await _here.NextReceiptAsync("asker")).Message,
        ];
        Assert.Equal(["a", "b"], answers.Select(answer => answer.Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task EventStream_SubscribedByAPidOfAnotherNode_ItGetsTheEvents()
    {
        _there.Spawn("listener");
        _here.ActorSystem.EventStream.Subscribe<StringValue>(_here.Root, _there.Pid("listener"));

        _here.ActorSystem.EventStream.Publish(new StringValue { Value = "news" });

        Assert.Equal(new StringValue { Value = "news" }, (await _there.NextReceiptAsync("listener")).Message);
    }

    [Fact]
    public async Task EventStreamProcess_OfAnotherNode_PublishesThere()
    {
        _here.Root.Send(_there.Pid("$eventstream"), new StringValue { Value = "cluster news" });

        await _there.Events.NextAsync<StringValue>(news => news.Value == "cluster news", expected: "the event");
    }

    [Fact]
    public async Task PropsDecoratorsAndMiddleware_SeeRemoteMessages()
    {
        var seen = new List<string>();
        var props = _there.Recorder("decorated")
            .WithContextDecorator(context => new Decorated(context, seen))
            .WithReceiverMiddleware(next => (context, envelope) =>
            {
                seen.Add($"received {envelope.Message.GetType().Name}");
                return next(context, envelope);
            });
        _there.Root.SpawnNamed(props, "decorated");

        _here.Root.Send(_there.Pid("decorated"), new StringValue { Value = "x" });

        await _there.NextReceiptAsync("decorated");
        Assert.Contains("received StringValue", seen);
        Assert.Contains("decorated StringValue", seen);
    }

    [Fact]
    public async Task SenderMiddlewareAndHeaders_Travel()
    {
        _there.Spawn("target");
        var root = _here.Root.WithSenderMiddleware(next => (context, target, envelope) => next(context, target, envelope.WithHeader("trace", "42")));

        root.Send(_there.Pid("target"), new StringValue { Value = "x" });

        Assert.Equal("42", (await _there.NextReceiptAsync("target")).Headers.GetOrDefault("trace"));
    }

    [Fact]
    public async Task ProcessOfAPeer_IsProtoRemotes_AndKnowsItsLastUse()
    {
        _there.SpawnEcho();
        var target = _there.Pid("echo");
        await _here.AskAsync(target, "first");
        var process = Assert.IsAssignableFrom<Proto.Remote.RemoteProcess>(ProcessKeptBy(target));
        var before = Stopwatch.GetTimestamp();

        // The clock is asked once a millisecond.
        while (LastUseOf(process) < before)
        {
            Assert.True(Stopwatch.GetElapsedTime(before) < TestTime.Ceiling, "Its last use stands still.");
            await _here.AskAsync(target, "again");
        }

        Assert.Same(process, ProcessKeptBy(target));
    }

    [Fact]
    public async Task Registry_FindsActorsAndEndpoints()
    {
        _there.SpawnEcho();
        await _here.AskAsync(_there.Pid("echo"), "x");

        var found = _here.ActorSystem.ProcessRegistry.Find("endpoint/").ToArray();

        Assert.Contains(found, pid => pid.Id == $"$endpoint/{_there.Address}");
        Assert.Contains(_there.ActorSystem.ProcessRegistry.Find("echo"), pid => pid.Equals(_there.Pid("echo")));
    }

    [Fact]
    public async Task Diagnostics_OfTheSystem_HoldOurs()
    {
        var entries = await _here.ActorSystem.Diagnostics.GetDiagnostics();

        var address = Assert.Single(entries, entry => entry is { Module: "Remote", Message: "Address" });
        Assert.Equal(_here.Address, address.Data);
        Assert.Contains(entries, entry => entry is { Module: "Remote", Message: "Endpoints" });
    }

    private static PID Named(TestNode node, string name)
    {
        node.Spawn(name, context =>
        {
            if (context is { Message: StringValue, Sender: not null })
            {
                context.Respond(new StringValue { Value = name });
            }
        });
        return node.Pid(name);
    }

    // What a PID cache of Proto.Cluster looks at; neither is public.
    private static object? ProcessKeptBy(PID pid) => typeof(PID).GetProperty("CurrentRef", Hidden)!.GetValue(pid);

    private static long LastUseOf(Proto.Remote.RemoteProcess process) =>
        (long)typeof(Proto.Remote.RemoteProcess).GetProperty("LastUsedTick", Hidden | BindingFlags.Public)!.GetValue(process)!;

    private sealed class Decorated(IContext context, List<string> seen) : ActorContextDecorator(context)
    {
        public override Task Receive(MessageEnvelope envelope)
        {
            seen.Add($"decorated {envelope.Message.GetType().Name}");
            return base.Receive(envelope);
        }
    }
}
