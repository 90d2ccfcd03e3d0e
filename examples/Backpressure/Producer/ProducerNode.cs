using Proto;
using Proto.Remote;
using Remote;

namespace Backpressure;

/// <summary>The producer's node, its journal, and the one actor on the consumer's node that it sends to.</summary>
internal sealed class ProducerNode : IAsyncDisposable
{
    /// <summary>On both nodes: room for the large parcels of the self-check.</summary>
    public const int MaxMessageBytes = 16 * 1024 * 1024;

    /// <summary>
    /// The slow actor is the only one there is. By default it would get half of the lane at the most, so that there is room for its neighbours.
    /// </summary>
    public const SlowTargetPolicy SlowTarget = SlowTargetPolicy.Wait;

    // On a busy machine the first call of a process that has just started may take its time.
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan SettleTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly ActorSystem _system;
    private readonly PID _consumer;

    private ProducerNode(ActorSystem system, Journal journal, PID consumer)
    {
        _system = system;
        _consumer = consumer;
        Journal = journal;
    }

    public Journal Journal { get; }

    /// <summary>What happened in the lane so far.</summary>
    public EndpointStatistics Lane => _system.ReliableRemote().GetEndpointStatistics(_consumer.Address)!;

    /// <summary>Starts a node and lets the consumer's node spawn the actor.</summary>
    /// <exception cref="RemoteException">The consumer cannot be reached.</exception>
    public static async Task<ProducerNode> StartAsync(
        string consumerAddress, EndpointOptions lane, TimeProvider time, CancellationToken cancellation)
    {
        var config = RemoteConfig.BindToLocalhost().WithProtoMessages(BackpressureReflection.Descriptor);
        var system = new ActorSystem().WithRemote(config, options =>
        {
            options.Endpoint = lane;
            options.MaxMessageBytes = MaxMessageBytes;
            options.RequestTimeout = RequestTimeout;

            // A consumer that was killed never comes back to its address, so that two quick attempts are enough to know.
            options.Reconnect = new ReconnectOptions { InitialDelay = TimeSpan.FromMilliseconds(100), MaxAttempts = 2 };
        });
        await system.Remote().StartAsync();
        var journal = new Journal(system.EventStream, time);
        return new ProducerNode(system, journal, await system.ReliableRemote().SpawnAsync(consumerAddress, SlowConsumer.Kind, cancellation));
    }

    /// <summary>Never waits. What the lane has no room for is a dead letter.</summary>
    public void Send(Parcel parcel) => _system.Root.Send(_consumer, parcel);

    /// <summary>Waits for room.</summary>
    public ValueTask SendAsync(Parcel parcel, CancellationToken cancellation = default) => _system.Root.SendAsync(_consumer, parcel, cancellation);

    /// <summary>Completes when the lane is at its normal level: at once, or with the event that says so.</summary>
    public async Task NormalAsync()
    {
        while (true)
        {
            // In this order: a change that comes between the two lines is not missed.
            var known = Journal.Changes.Count;
            if (Lane.Level == BackpressureLevel.Normal)
            {
                return;
            }

            await Journal.ChangesAsync(known + 1);
        }
    }

    /// <summary>
    /// Completes when no message is on its way any more, each of them being acknowledged or a dead letter that the journal has; after 30 seconds in any case,
    /// and then the ledger says what is missing.
    /// </summary>
    public async Task SettledAsync(CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(SettleTimeout, TimeProvider.System);
        while (!timeout.IsCancellationRequested && IsMoving(Lane))
        {
            await Task.Delay(Look, cancellation);
        }
    }

    /// <summary>What the consumer took. Asked in order: after all that was sent before.</summary>
    public Task<Tally> AskAsync(CancellationToken cancellation) =>
        // The token does not go into the request: Proto.Actor would say that it timed out.
        _system.Root.RequestAsync<Tally>(_consumer, new AskTally(), CancellationToken.None).WaitAsync(cancellation);

    public async ValueTask DisposeAsync()
    {
        await _system.Remote().ShutdownAsync();
        await _system.DisposeAsync();
        Journal.Dispose();
    }

    private bool IsMoving(EndpointStatistics lane) =>
        lane.State == EndpointState.Connected || lane.QueueLength > 0 || lane.Retained > 0 || lane.Waiters > 0
        || Journal.DeadLetters.Values.Sum(letters => letters.Count) < lane.Refused.Values.Sum() + lane.DeadLetters.Values.Sum();
}
