using Proto;

namespace Remote.Testing.Tests;

public sealed class EventProbeTests
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);
    private readonly EventProbe _probe = new();

    [Fact]
    public async Task NextAsync_RecordedBefore_ReturnsEachOnceInOrder()
    {
        _probe.Record("one");
        _probe.Record(7);
        _probe.Record("two");

        Assert.Equal("one", await _probe.NextAsync<string>().WaitAsync(Ceiling));
        Assert.Equal("two", await _probe.NextAsync<string>().WaitAsync(Ceiling));
        Assert.Equal(7, await _probe.NextAsync<int>().WaitAsync(Ceiling));
        Assert.Equal<object>(["one", 7, "two"], _probe.Events);
        Assert.Equal(["one", "two"], _probe.Of<string>());
    }

    [Fact]
    public async Task NextAsync_RecordedLater_CompletesForTheMatchingOnly()
    {
        var next = _probe.NextAsync<string>(text => text.StartsWith('b'));
        _probe.Record("a");
        Assert.False(next.IsCompleted);
        _probe.Record("b");

        Assert.Equal("b", await next.WaitAsync(Ceiling));
        Assert.Equal("a", await _probe.NextAsync<string>().WaitAsync(Ceiling));
    }

    [Fact]
    public async Task NextAsync_TwoWaiters_EachGetsAnEventOfItsOwn()
    {
        var first = _probe.NextAsync<int>();
        var second = _probe.NextAsync<int>();
        _probe.Record(1);
        _probe.Record(2);

        Assert.Equal([1, 2], (await Task.WhenAll(first, second).WaitAsync(Ceiling)).Order());
    }

    [Fact]
    public async Task NextAsync_NothingComes_SaysWhatWasExpectedAndWhatWasSeen()
    {
        _probe.Record("seen instead");

        var error = await Assert.ThrowsAsync<TimeoutException>(
            () => _probe.NextAsync<string>(text => text.Length == 3, TimeSpan.FromMilliseconds(1)));

        Assert.Contains("String: text => text.Length == 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("seen instead", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NextAsync_PredicateThrows_FailsTheWaiterAndNotTheRecorder()
    {
        var next = _probe.NextAsync<string>(_ => throw new InvalidOperationException("predicate"));

        _probe.Record("a");

        await Assert.ThrowsAsync<InvalidOperationException>(() => next.WaitAsync(Ceiling));
    }

    [Fact]
    public async Task WaitForCountAsync_CountsTakenOnesToo()
    {
        _probe.Record(1);
        await _probe.NextAsync<int>().WaitAsync(Ceiling);
        var three = _probe.WaitForCountAsync<int>(3);
        _probe.Record(2);
        Assert.False(three.IsCompleted);
        _probe.Record(3);

        Assert.Equal([1, 2, 3], await three.WaitAsync(Ceiling));
    }

    [Fact]
    public async Task NextAsync_EventStream_SeesWhatTheSystemPublishesUntilDisposed()
    {
        await using var system = new ActorSystem();
        using var probe = new EventProbe(system.EventStream);
        var target = new PID(system.Address, "nobody");

        system.Root.Send(target, "lost");

        var dead = await probe.NextAsync<DeadLetterEvent>(letter => letter.Pid.Equals(target)).WaitAsync(Ceiling);
        Assert.Equal("lost", dead.Message);
        probe.Dispose();
        system.EventStream.Publish("after it");
        Assert.DoesNotContain("after it", probe.Events);
    }

    [Fact]
    public void Dispose_LaterEvents_AreNotRecorded()
    {
        _probe.Record(1);
        _probe.Dispose();
        _probe.Record(2);

        Assert.Equal<object>([1], _probe.Events);
    }
}
