using Microsoft.Extensions.Logging;
using Remote.Testing;

namespace Remote.Actors.Tests;

[Trait("Behaviour", "A-10")]
public sealed class DeadLetterTests
{
    private static readonly PID Missing = new("", "missing");

    [Fact]
    public async Task Send_MissingActor_RaisesTheEventAndAnswersTheSender()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var sender = system.SpawnRecorder(probe);
        var headers = MessageHeaders.Empty.With("key", "value");

        system.Root.Send(Missing, new MessageEnvelope("text", sender, headers));

        var letter = await system.DeadLetters.NextAsync<DeadLetterEvent>();
        Assert.Equal(new DeadLetterEvent(Missing, "text", sender, DeadLetterReason.NoSuchProcess, headers), letter);
        var response = await probe.NextAsync<DeadLetterResponse>();
        Assert.Equal((Missing, DeadLetterReason.NoSuchProcess), (response.Target, response.Reason));
        Assert.Equal(1, system.System.DeadLetters.Count);
    }

    [Fact]
    public async Task Send_UnknownAddress_IsADeadLetterWithThatTarget()
    {
        await using var system = new TestSystem();
        var remote = new PID("far:1", "x");

        system.Root.Send(remote, "text");

        Assert.Equal(remote, (await system.DeadLetters.NextAsync<DeadLetterEvent>()).Target);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DeadLetterResponseAndTerminated_AreNeverAnswered(bool response)
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var sender = system.SpawnRecorder(probe);
        object message = response ? new DeadLetterResponse(Missing, default) : new Terminated(Missing, TerminatedReason.Stopped);

        system.Root.Send(Missing, new MessageEnvelope(message, sender));

        Assert.Equal(message, (await system.DeadLetters.NextAsync<DeadLetterEvent>()).Message);
        await system.Root.PoisonAsync(sender).Within("the sender to have worked off its mailbox");
        Assert.Empty(probe.Of<DeadLetterResponse>());
    }

    [Fact]
    public async Task Send_SenderIsMissingToo_EndsThere()
    {
        await using var system = new TestSystem();
        var alsoMissing = new PID("", "also missing");

        system.Root.Request(Missing, "text", alsoMissing);

        Assert.Equal(2, system.System.DeadLetters.Count);
        Assert.Equal([Missing, alsoMissing], system.DeadLetters.Of<DeadLetterEvent>().Select(letter => letter.Target));
        Assert.IsType<DeadLetterResponse>(system.DeadLetters.Of<DeadLetterEvent>()[1].Message);
    }

    [Fact]
    public async Task Send_SenderIsTheDeadLetterProcess_EndsThere()
    {
        await using var system = new TestSystem();

        system.Root.Request(Missing, "text", system.System.DeadLetters.Pid);

        Assert.Equal(2, system.System.DeadLetters.Count);
    }

    [Fact]
    public async Task SendSystem_MissingActor_WatchIsAnswered_StopIsADeadLetter_TerminatedAndUnwatchAreNot()
    {
        await using var system = new TestSystem();
        var request = new PendingRequest<Terminated>();
        system.System.Futures.Add(request, Timeout.InfiniteTimeSpan, CancellationToken.None);

        system.System.SendSystem(Missing, new Watch(request.Pid));
        Assert.Equal(TerminatedReason.NotFound, (await request.Task.Within("the answer to the watch")).Why);
        system.System.SendSystem(Missing, new Unwatch(request.Pid));
        system.System.SendSystem(Missing, new Terminated(request.Pid, TerminatedReason.Stopped));
        Assert.Equal(0, system.System.DeadLetters.Count);

        system.Root.Stop(Missing);
        Assert.Same(Actors.Stop.Instance, (await system.DeadLetters.NextAsync<DeadLetterEvent>()).Message);
    }

    [Theory]
    [InlineData("NoSuchProcess", TerminatedReason.NotFound)]
    [InlineData("Stopped", TerminatedReason.Stopped)]
    [InlineData("Shutdown", TerminatedReason.Stopped)]
    [InlineData("EndpointClosed", TerminatedReason.AddressTerminated)]
    public async Task Publish_Watch_TellsTheWatcherByReason(string reason, TerminatedReason expected)
    {
        await using var system = new TestSystem();
        var request = new PendingRequest<Terminated>();
        system.System.Futures.Add(request, Timeout.InfiniteTimeSpan, CancellationToken.None);

        system.System.DeadLetters.Publish(Missing, new Watch(request.Pid), new DeadLetterReason(reason));

        var terminated = await request.Task.Within("the Terminated");
        Assert.Equal((Missing, expected), (terminated.Who, terminated.Why));
    }

    [Fact]
    public async Task Publish_MissingActors_EveryMessageIsOneEvent()
    {
        await using var system = new TestSystem();
        var count = TestScale.Count(10_000);

        for (var i = 0; i < count; i++)
        {
            system.Root.Send(Missing, i);
        }

        Assert.Equal(Enumerable.Range(0, count).Cast<object>(), system.DeadLetters.Of<DeadLetterEvent>().Select(letter => letter.Message));
    }

    [Fact]
    public async Task Log_IsThrottled_AndSaysHowManyWereLeftOut()
    {
        await using var system = new TestSystem(manualTime: true);
        for (var i = 0; i < 1000; i++)
        {
            system.Root.Send(Missing, i);
        }

        Assert.Equal(10, system.Log.Named("MessageUndeliverable").Count);
        Assert.Empty(system.Log.Named("DeadLettersLeftOut"));
        Assert.All(system.Log.Named("MessageUndeliverable"), entry => Assert.Equal(LogLevel.Information, entry.Level));
        Assert.Contains("missing", system.Log.Named("MessageUndeliverable")[0].Text, StringComparison.Ordinal);

        system.Clock.Advance(TimeSpan.FromSeconds(10));
        system.Root.Send(Missing, "one more");
        Assert.Equal(11, system.Log.Named("MessageUndeliverable").Count);
        Assert.Contains("990", Assert.Single(system.Log.Named("DeadLettersLeftOut")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeadLetterProcess_IsNotReachableFromOtherNodes()
    {
        await using var system = new TestSystem();

        Assert.Same(system.System.DeadLetters, system.System.Processes.Find("$deadletter"));
        Assert.False(system.System.DeadLetters.AcceptsRemoteMessages);
        Assert.True(system.System.Futures.AcceptsRemoteMessages);
    }

    [Fact]
    public void DeadLetterReason_ComparesByName()
    {
        Assert.Equal(DeadLetterReason.Stopped, new DeadLetterReason("Stopped"));
        Assert.True(DeadLetterReason.Stopped != DeadLetterReason.Shutdown);
        Assert.Equal(DeadLetterReason.NoSuchProcess, default);
        Assert.Equal("NoSuchProcess", default(DeadLetterReason).ToString());
        Assert.Throws<ArgumentException>(() => new DeadLetterReason(""));
    }
}
