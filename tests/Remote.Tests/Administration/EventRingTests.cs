using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>What waits for a watcher of events: bounded, the newest, and numbered.</summary>
[Trait("Behaviour", "H-04")]
public sealed class EventRingTests
{
    private readonly EventRing _ring = new(EventFilter.Of(new Wire.WatchEventsRequest()), capacity: 3);

    [Theory]
    [InlineData(1, "1:0")]
    [InlineData(3, "1:0 2:0 3:0")]
    [InlineData(4, "2:1 3:0 4:0")]
    [InlineData(100, "98:97 99:0 100:0")]
    public async Task Full_TheOldestMakeRoomAndTheirNumbersAreMissed(int added, string expected)
    {
        Add(added);

        Assert.Equal(expected, await TakeAsync(Math.Min(added, 3)));
    }

    [Fact]
    public async Task TakenInBetween_OnlyThoseSinceThenAreMissed()
    {
        Add(4);
        Assert.Equal("2:1", await TakeAsync(1));
        Add(3);

        Assert.Equal("5:2 6:0 7:0", await TakeAsync(3));
    }

    [Fact]
    public async Task Empty_WaitsForTheNext()
    {
        var next = _ring.NextAsync(default);
        Assert.False(next.IsCompleted);
        Add(1);

        Assert.Equal(1, (await next.Within("the event")).Number);
        using var given = new CancellationTokenSource();
        var more = _ring.NextAsync(given.Token);
        await given.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => more.Within("the end of the wait"));
    }

    [Fact]
    public void EveryEvent_HasADescription()
    {
        object[] facts =
        [
            new EndpointConnected("a:1", "id"), new EndpointReconnecting("a:1", 1, TimeSpan.FromMilliseconds(1500), new IOException("gone")),
            new EndpointReconnected("a:1", "id", 2, TimeSpan.FromSeconds(3)), new EndpointReconnectFailed("a:1", 5, new IOException("gone")),
            new EndpointTerminated("a:1", EndpointTerminatedReason.PeerLeft), new EndpointBlocked(null, "id", BlockedBy.Peer, ""),
            new EndpointUnblocked("a:1", null, BlockedBy.ThisNode), new EndpointUnconfirmed("a:1", 7),
            new EndpointThrottled("a:1", BackpressureLevel.Warning, BackpressureLevel.Normal, 60, 100, DateTimeOffset.UnixEpoch),
            new RemoteDeadLetterEvent(new Proto.PID("a:1", "x"), "text", null, null, DeadLetterReason.Blocked),
        ];

        Assert.Equal(EventDescription.Types, facts.Select(fact => EventDescription.TypeOf(fact)!));
        var updates = facts.Select(fact => EventDescription.Of(fact, DateTimeOffset.UnixEpoch).ToUpdate(1, 0)).ToArray();
        Assert.All(updates, update => Assert.NotEmpty(update.Fields));
        Assert.Equal(("1.5", "gone", "1"), (updates[1].Fields["delay"], updates[1].Fields["error"], updates[1].Fields["attempt"]));
        Assert.Null(EventDescription.TypeOf("anything else"));

        // A class of events that is new must be told of, too.
        var published = typeof(EndpointConnected).Assembly.GetExportedTypes()
            .Where(type => type.Namespace == "Remote" && type.IsClass && !type.IsAbstract)
            .Where(type => type.Name.StartsWith("Endpoint", StringComparison.Ordinal) || type.Name.EndsWith("Event", StringComparison.Ordinal))
            .Select(type => type.Name)
            .Except([nameof(EndpointStatistics), nameof(EndpointOptions)]);
        Assert.Equal(published.Order(StringComparer.Ordinal), EventDescription.Types.Order(StringComparer.Ordinal));
    }

    private void Add(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _ring.Add(new EventRecord(nameof(EndpointUnconfirmed), "a:1", DateTimeOffset.UnixEpoch, ("count", "1")));
        }
    }

    private async Task<string> TakeAsync(int count)
    {
        List<string> taken = [];
        for (var i = 0; i < count; i++)
        {
            var update = await _ring.NextAsync(default).Within("an event");
            taken.Add($"{update.Number}:{update.Missed}");
        }

        return string.Join(' ', taken);
    }
}
