using Remote.Testing;

namespace Remote.Actors.Tests;

[Trait("Behaviour", "A-09")]
public sealed class EventStreamTests
{
    [Fact]
    public async Task Subscribe_Handler_GetsItsTypeAndDerivedOnes()
    {
        await using var system = new TestSystem();
        var animals = new List<Animal>();
        var dogs = new List<Dog>();
        system.System.EventStream.Subscribe<Animal>(animals.Add);
        system.System.EventStream.Subscribe<Dog>(dogs.Add);

        system.System.EventStream.Publish(new Dog("rex"));
        system.System.EventStream.Publish(new Animal("tom"));
        system.System.EventStream.Publish("no animal");

        Assert.Equal([new Dog("rex"), new Animal("tom")], animals);
        Assert.Equal([new Dog("rex")], dogs);
    }

    [Fact]
    public async Task Subscribe_Pid_GetsMessages()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var pid = system.SpawnRecorder(probe);
        using var subscription = system.System.EventStream.Subscribe<Animal>(pid);

        system.System.EventStream.Publish("no animal");
        system.System.EventStream.Publish(new Dog("rex"));

        await probe.NextAsync<Dog>();
        Assert.Empty(probe.Of<string>());
    }

    [Fact]
    public async Task Dispose_EndsTheSubscription_Twice()
    {
        await using var system = new TestSystem();
        var first = new List<string>();
        var second = new List<string>();
        var subscription = system.System.EventStream.Subscribe<string>(first.Add);
        system.System.EventStream.Subscribe<string>(second.Add);
        system.System.EventStream.Publish("one");

        subscription.Dispose();
        subscription.Dispose();
        system.System.EventStream.Publish("two");

        Assert.Equal(["one"], first);
        Assert.Equal(["one", "two"], second);
    }

    [Fact]
    public async Task Publish_ThrowingSubscriber_HarmsNobody()
    {
        await using var system = new TestSystem(expectErrors: true);
        var heard = new List<string>();
        system.System.EventStream.Subscribe<string>(_ => throw new Boom());
        system.System.EventStream.Subscribe<string>(heard.Add);

        system.System.EventStream.Publish("one");
        system.System.EventStream.Publish("two");

        Assert.Equal(["one", "two"], heard);
        Assert.Equal(2, system.Log.Named("SubscriberThrew").Count);
        Assert.All(system.Log.Named("SubscriberThrew"), entry => Assert.IsType<Boom>(entry.Exception));
    }

    [Fact]
    public async Task Publish_SubscriberThatSubscribesAndUnsubscribes_IsFine()
    {
        await using var system = new TestSystem();
        var heard = new List<string>();
        Subscription? self = null;
        self = system.System.EventStream.Subscribe<string>(text =>
        {
            heard.Add($"first {text}");
            self!.Dispose();
            system.System.EventStream.Subscribe<string>(next => heard.Add($"second {next}"));
        });

        system.System.EventStream.Publish("one");
        system.System.EventStream.Publish("two");

        Assert.Equal(["first one", "second two"], heard);
    }

    [Fact]
    public async Task Publish_FromManyThreads_WhileOthersSubscribe_LosesNothingForThoseWhoStay()
    {
        await using var system = new TestSystem();
        var heard = 0;
        var perThread = TestScale.Count(20_000);
        using var staying = system.System.EventStream.Subscribe<string>(_ => Interlocked.Increment(ref heard));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < perThread; i++)
            {
                if (thread == 0)
                {
                    system.System.EventStream.Subscribe<string>(_ => { }).Dispose();
                }

                system.System.EventStream.Publish("event");
            }
        }))).Within("the publishers");

        Assert.Equal(4 * perThread, heard);
    }

    [Fact]
    public async Task HasSubscribers_TellsWhetherAnybodyListens()
    {
        await using var system = new ActorSystem();
        Assert.False(system.EventStream.HasSubscribers);
        var subscription = system.EventStream.Subscribe<string>(_ => { });
        Assert.True(system.EventStream.HasSubscribers);
        subscription.Dispose();
        Assert.False(system.EventStream.HasSubscribers);
    }

    [Fact]
    public async Task Subscribe_DeadLettersToAPidThatHasEnded_DoesNotGoRoundForEver()
    {
        await using var system = new TestSystem();
        using var subscription = system.System.EventStream.Subscribe<DeadLetterEvent>(new PID("", "missing"));

        system.Root.Send(new PID("", "nobody"), "text");

        var letters = await system.DeadLetters.WaitForCountAsync<DeadLetterEvent>(2);
        Assert.Equal(2, letters.Count);
        Assert.Equal("text", letters.Single(letter => letter.Message is string).Message);
    }

    [Fact]
    public async Task Send_ToTheEventStreamsProcess_Publishes()
    {
        await using var system = new TestSystem();
        var heard = new List<string>();
        system.System.EventStream.Subscribe<string>(heard.Add);

        system.Root.Send(new PID("", "$eventstream"), "text");

        Assert.Equal(["text"], heard);
        Assert.False(system.System.Processes.Find("$eventstream")!.AcceptsRemoteMessages);
    }

    private record Animal(string Name);

    private sealed record Dog(string Name) : Animal(Name);
}
