using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Who waits for room in a lane that nobody drains, and how that ends.</summary>
[Trait("Behaviour", "B-04")]
public sealed class LaneWaitingTests : IAsyncLifetime
{
    private static PID There => new("there:8000", "sink");

    private readonly ManualTimeProvider _time = new();
    private readonly InMemoryNetwork _network = new();
    private TestNode _node = null!;

    public async Task InitializeAsync()
    {
        _node = await TestNode.StartAsync(
            options =>
            {
                (options.Endpoint.QueueCapacity, options.Endpoint.MaxWaiters) = (1, 1);
                options.Reconnect.MaxAttempts = 0;
            },
            at: "here:8000",
            network: _network,
            time: _time);
        _node.Root.Send(There, new Int32Value { Value = 0 });
    }

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Fact]
    public async Task CallingActorIsStopped_TheWaitEndsAndNothingWasOffered()
    {
        var ended = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var pump = _node.Spawn("pump", async context =>
        {
            if (context.Message is StringValue)
            {
                ended.TrySetResult(await Record.ExceptionAsync(() =>
                {
                    var sent = context.SendAsync(There, new Int32Value { Value = 1 }, context.CancellationToken).AsTask();
                    _node.Events.Record(_node.Remote.GetEndpointStatistics(There.Address)!);
                    return sent;
                }));
            }
        });
        _node.Root.Send(pump, new StringValue());
        Assert.Equal(1, (await _node.Events.NextAsync<EndpointStatistics>()).Waiters);

        await _node.Root.StopAsync(pump).Within("the end of an actor that waits");
        Assert.IsAssignableFrom<OperationCanceledException>(await ended.Task.Within("the end of the wait"));
        var statistics = _node.Remote.GetEndpointStatistics(There.Address)!;
        Assert.Equal((0, 1L, 0L), (statistics.Waiters, statistics.Offered, statistics.Refused.Values.Sum()));
        Assert.Empty(await _node.PublishedAsync<DeadLetterEvent>());
    }

    [Fact]
    public async Task TooManyWait_OneMoreIsRefusedAtOnceAndSaysWhy_AndTheFirstAfterItsTime()
    {
        var first = _node.Root.SendAsync(There, new Int32Value { Value = 1 }).AsTask();
        var crowded = await Assert.ThrowsAsync<RemoteException>(() => _node.Root.SendAsync(There, new Int32Value { Value = 2 }).AsTask());
        Assert.Equal(RemoteError.QueueFull, crowded.Error);
        Assert.Contains("Endpoint.MaxWaiters", crowded.Message, StringComparison.Ordinal);
        Assert.False(first.IsCompleted);

        _time.Advance(new RemoteOptions().SendTimeout);
        var full = await Assert.ThrowsAsync<RemoteException>(() => first.Within("the timeout"));
        Assert.Equal(RemoteError.QueueFull, full.Error);
        Assert.Contains("1 messages wait in it", full.Message, StringComparison.Ordinal);

        var letters = await _node.Events.WaitForCountAsync<RemoteDeadLetterEvent>(2);
        Assert.Equal([2, 1], letters.Select(letter => ((Int32Value)letter.Message).Value));
        Assert.All(letters, letter => Assert.Equal(DeadLetterReason.QueueFull, letter.Reason));
        var statistics = _node.Remote.GetEndpointStatistics(There.Address)!;
        Assert.Equal((3L, 1L, 2L), (statistics.Offered, statistics.Accepted, statistics.Refused["QueueFull"]));
    }
}
