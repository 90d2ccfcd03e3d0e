using Google.Protobuf.WellKnownTypes;

namespace Remote.Tests;

/// <summary>What else ends the wait for a client.</summary>
public sealed partial class ClientOutageTests
{
    [Fact]
    public async Task ServerLeavesWhileAClientIsAway_WhatWaitsForItIsDead()
    {
        await LoseAsync();
        _server.Root.Send(_client.Pid("sink"), new Int32Value { Value = 1 });

        await _server.Remote.ShutdownAsync().Within("the shutdown");

        Assert.Equal(DeadLetterReason.Shutdown, (await _server.Events.NextAsync<RemoteDeadLetterEvent>()).Reason);
        Assert.Equal(new EndpointTerminated(_client.Address, EndpointTerminatedReason.Shutdown), await _server.Events.NextAsync<EndpointTerminated>());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ServerBlocksAClientThatIsAway_ItIsNotWaitedFor(bool byAddress)
    {
        await LoseAsync();
        _server.Root.Send(_client.Pid("sink"), new Int32Value { Value = 1 });

        _ = byAddress ? _server.Remote.PeerBlockList.BlockAddress(_client.Address) : _server.Remote.PeerBlockList.BlockSystem(_client.SystemId);

        Assert.Equal(DeadLetterReason.Blocked, (await _server.Events.NextAsync<RemoteDeadLetterEvent>()).Reason);
        Assert.Equal(new EndpointTerminated(_client.Address, EndpointTerminatedReason.Blocked), await _server.Events.NextAsync<EndpointTerminated>());
    }

    [Fact]
    public async Task ControlLaneOfAClientThatIsAwayIsFull_ItsEndpointIsClosed()
    {
        const int ControlCapacity = 100_000;
        await LoseAsync();
        var closed = new TaskCompletionSource<EndpointTerminated>(TaskCreationOptions.RunContinuationsAsynchronously);
        var died = 0;
        _server.ActorSystem.EventStream.Subscribe<EndpointTerminated>(closed.SetResult);
        _server.ActorSystem.EventStream.Subscribe<RemoteDeadLetterEvent>(letter => died += letter.Reason == DeadLetterReason.ControlOverflow ? 1 : 0);
        for (var i = 0; i <= ControlCapacity; i++)
        {
            _server.Root.Stop(_client.Pid("sink"));
        }

        // The event comes after the dead letters.
        Assert.Equal(new EndpointTerminated(_client.Address, EndpointTerminatedReason.ControlOverflow), await closed.Task.Within("the end"));
        Assert.Equal(ControlCapacity + 1, died);
    }
}
