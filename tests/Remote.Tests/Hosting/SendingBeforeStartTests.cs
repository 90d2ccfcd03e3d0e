using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Proto;
using Proto.Remote;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>What is sent to other nodes while this one has not started: each message ends at once, with that as its reason.</summary>
[Trait("Behaviour", "I-07")]
public sealed class SendingBeforeStartTests
{
    // A new one each time: a PID keeps the process that its first sender found.
    private static PID Nobody => PID.FromAddress("127.0.0.1:8000", "somebody");

    [Fact]
    public async Task HostedServiceBeforeAddRemote_ThatSendsWhenItStarts_IsToldThatItIsTooEarly()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton<EarlyService>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<EarlyService>());
        builder.Services.AddRemote(RemoteConfig.BindToLocalhost());
        using var host = builder.Build();

        await host.StartAsync().Within("the start");

        host.Services.GetRequiredService<EarlyService>().Outcome!.Verify();
        await host.StopAsync().Within("the stop");
    }

    [Fact]
    public async Task BareNode_ThatSendsBeforeItStarts_IsToldThatItIsTooEarly()
    {
        await using var system = new ActorSystem();
        await using var remote = new ReliableRemote(system, RemoteConfig.BindToLocalhost());

        (await EarlyOutcome.OfAsync(system)).Verify();
    }

    [Fact]
    public async Task ClientNode_ThatSendsBeforeItStarts_IsToldThatItIsTooEarly()
    {
        await using var system = new ActorSystem();
        await using var remote = new ReliableClientRemote(system, RemoteConfig.BindToLocalhost());

        (await EarlyOutcome.OfAsync(system)).Verify();
    }

    [Fact]
    public async Task Watch_BeforeTheStart_IsAnsweredAtOnce()
    {
        await using var system = new ActorSystem();
        await using var remote = new ReliableRemote(system, RemoteConfig.BindToLocalhost());
        var told = new TaskCompletionSource<Terminated>(TaskCreationOptions.RunContinuationsAsynchronously);
        system.Root.Spawn(Props.FromFunc(context =>
        {
            if (context.Message is Started)
            {
                context.Watch(Nobody);
            }
            else if (context.Message is Terminated terminated)
            {
                told.TrySetResult(terminated);
            }

            return Task.CompletedTask;
        }));

        var ended = await told.Task.Within("the end of the watch");

        Assert.Equal((Nobody, TerminatedReason.AddressTerminated), (ended.Who, ended.Why));
    }

    [Fact]
    public async Task PidThatWasTooEarly_AfterTheStart_Works()
    {
        await using var network = new InMemoryNetwork();
        await using var there = await TestNode.StartAsync(at: "127.0.0.1:8000", network: network);
        there.SpawnEcho("somebody");
        await using var system = new ActorSystem();
        await using var remote = new ReliableRemote(system, new TestSetup().ToConfig(), OptionsOn(network));
        var pid = PID.FromAddress(there.Address, "somebody");
        await Assert.ThrowsAsync<DeadLetterException>(() => system.Root.RequestAsync<StringValue>(pid, Text("early"), TestTime.Ceiling));

        await remote.StartAsync().Within("the start");

        Assert.Equal("re:late", (await system.Root.RequestAsync<StringValue>(pid, Text("late"), TestTime.Ceiling)).Value);
    }

    internal static RemoteOptions OptionsOn(InMemoryNetwork network)
    {
        var options = new RemoteOptions();
        (options.Hooks.ListenerFactory, options.Hooks.Connect) = (network, network.ConnectAsync);
        return options;
    }

    private static StringValue Text(string text) => new() { Value = text };

    /// <summary>What became of a message that was sent, of one that was awaited, and of a request.</summary>
    private sealed record EarlyOutcome(IReadOnlyList<RemoteDeadLetterEvent> DeadLetters, Exception? OfSend, Exception? OfRequest)
    {
        public static async Task<EarlyOutcome> OfAsync(ActorSystem system)
        {
            using var events = new EventProbe(system.EventStream);
            system.Root.Send(Nobody, Text("sent"));
            var send = await Record.ExceptionAsync(() => system.Root.SendAsync(Nobody, Text("awaited")).AsTask().Within("the send"));
            var request = await Record.ExceptionAsync(() => system.Root.RequestAsync<StringValue>(Nobody, Text("asked"), TimeSpan.FromHours(1)).Within("the request"));
            return new EarlyOutcome(events.Of<RemoteDeadLetterEvent>(), send, request);
        }

        public void Verify()
        {
            Assert.Equal(["sent", "awaited", "asked"], DeadLetters.Select(letter => ((StringValue)letter.Message).Value));
            Assert.All(DeadLetters, letter => Assert.Equal((Nobody, DeadLetterReason.NotStarted), (letter.Pid, letter.Reason)));
            var refused = Assert.IsType<RemoteException>(OfSend);
            Assert.Equal((RemoteError.NotRunning, Nobody.Address), (refused.Error, refused.Address));
            Assert.Contains("StartAsync", refused.Message, StringComparison.Ordinal);
            Assert.IsType<DeadLetterException>(OfRequest);
        }
    }

    private sealed class EarlyService(ActorSystem system) : IHostedService
    {
        public EarlyOutcome? Outcome { get; private set; }

        public async Task StartAsync(CancellationToken cancellationToken) => Outcome = await EarlyOutcome.OfAsync(system);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
