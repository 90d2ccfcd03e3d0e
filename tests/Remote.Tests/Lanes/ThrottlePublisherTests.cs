using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>A subscriber that holds the publisher up while the level goes on changing.</summary>
[Trait("Behaviour", "B-03")]
public sealed class ThrottlePublisherTests : DisposedAfterTest
{
    // What is kept for a subscriber that does not keep up; one more is in its hands.
    private const int MaxPending = 1024;

    private readonly ActorSystem _system = new();
    private readonly EventProbe _seen = new();
    private readonly ManualResetEventSlim _mayGoOn = new();
    private readonly TaskCompletionSource _isHeld = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ThrottlePublisher _publisher;
    private int _inside;
    private int _added;

    public ThrottlePublisherTests()
    {
        _publisher = new ThrottlePublisher(TimeProvider.System, _system.EventStream.Publish, "peer:1", capacity: 5000);
        _system.EventStream.Subscribe<EndpointThrottled>(Handle);
    }

    public override async ValueTask DisposeAsync()
    {
        _mayGoOn.Set();
        await _system.DisposeAsync();
        _seen.Dispose();
        _mayGoOn.Dispose();
    }

    [Fact]
    public async Task Add_WhileASubscriberIsBusy_EventsComeInOrderOneAtATime()
    {
        Add(1);
        await _isHeld.Task.Within("the subscriber holds the first event");
        Add(500);
        _mayGoOn.Set();

        var facts = await _seen.WaitForCountAsync<EndpointThrottled>(501);

        Assert.Equal(Enumerable.Range(1, 501), facts.Select(fact => fact.Length));
        Assert.Empty(_seen.Of<string>());
        AssertChained(facts);
    }

    [Fact]
    public async Task Add_AfterAllWerePublished_IsPublishedToo()
    {
        _mayGoOn.Set();
        for (var i = 1; i <= 20; i++)
        {
            Add(1);
            await _seen.NextAsync<EndpointThrottled>(fact => fact.Length == i, expected: $"change {i}");
        }
    }

    [Fact]
    public async Task Add_MoreThanASubscriberKeepsUpWith_TheLastOneIsToldAndTheChainHolds()
    {
        Add(1);
        await _isHeld.Task.Within("the subscriber holds the first event");
        Add(MaxPending + 301);
        _mayGoOn.Set();

        var facts = await _seen.WaitForCountAsync<EndpointThrottled>(1 + MaxPending);
        Add(1);
        await _seen.NextAsync<EndpointThrottled>(fact => fact.Length == _added, expected: "the change after the flood");

        Assert.Equal(1 + MaxPending + 301, facts[MaxPending].Length);
        Assert.Equal(2 + MaxPending, _seen.Of<EndpointThrottled>().Count);
        AssertChained(_seen.Of<EndpointThrottled>());
    }

    [Fact]
    public async Task Add_MoreThanASubscriberKeepsUpWithAndBackAgain_IsNotToldOfAChangeToTheSameLevel()
    {
        Add(1);
        await _isHeld.Task.Within("the subscriber holds the first event");

        // Three levels in turn: the two that do not fit lead back to where the last one that did began.
        Add(MaxPending + 2);
        _mayGoOn.Set();
        await _seen.WaitForCountAsync<EndpointThrottled>(MaxPending);
        Add(1);
        await _seen.NextAsync<EndpointThrottled>(fact => fact.Length == _added, expected: "the change after the flood");

        var facts = _seen.Of<EndpointThrottled>();
        Assert.All(facts, fact => Assert.NotEqual(fact.Previous, fact.Level));
        AssertChained(facts);
    }

    [Fact]
    public void Add_ABusySubscriber_DoesNotHoldUpTheOneWhoMakesTheChange()
    {
        // The subscriber is let go only after this.
        Add(1);
        _mayGoOn.Set();

        Assert.Empty(_seen.Of<string>());
    }

    /// <summary>Adds changes that go on from each other; the length is their number.</summary>
    private void Add(int count)
    {
        for (var i = 0; i < count; i++, _added++)
        {
            _publisher.Add(new LevelChange(Level(_added), Level(_added + 1), _added + 1));
        }
    }

    private static BackpressureLevel Level(int number) => (BackpressureLevel)(number % 3);

    private static void AssertChained(IReadOnlyList<EndpointThrottled> facts) =>
        Assert.All(facts.Zip(facts.Skip(1)), pair => Assert.Equal(pair.First.Level, pair.Second.Previous));

    private void Handle(EndpointThrottled fact)
    {
        if (Interlocked.Increment(ref _inside) > 1)
        {
            _seen.Record($"{fact.Length} came while another was being handled");
        }

        _isHeld.TrySetResult();
        if (!_mayGoOn.Wait(TestTime.Ceiling))
        {
            _seen.Record("the publisher ran on the thread that made the change, or the test hangs");
        }

        _seen.Record(fact);
        Interlocked.Decrement(ref _inside);
    }
}
