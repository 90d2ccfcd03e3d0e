using Microsoft.Extensions.Logging;

namespace Remote.Actors;

/// <summary>Tells subscribers what happens in a system. Publishing is lock-free; a subscriber that throws harms nobody.</summary>
/// <remarks>Handlers run on the publisher's thread and must be quick; subscribe a PID to handle events in an actor.</remarks>
public sealed class EventStream
{
    private readonly ActorSystem _actorSystem;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private Subscription[] _subscriptions = [];

    internal EventStream(ActorSystem actorSystem, ILogger logger)
    {
        _actorSystem = actorSystem;
        _logger = logger;
    }

    /// <summary>Whether anybody listens, to whatever. Lets a publisher save the making of events.</summary>
    public bool HasSubscribers => Volatile.Read(ref _subscriptions).Length > 0;

    /// <summary>Tells all subscribers whose type fits. Never throws because of a subscriber.</summary>
    /// <param name="message">The event.</param>
    public void Publish(object message)
    {
        ArgumentNullException.ThrowIfNull(message);
        foreach (var subscription in Volatile.Read(ref _subscriptions))
        {
            try
            {
                subscription.Handle(message);
            }
#pragma warning disable CA1031 // Whatever a subscriber throws, the others are told.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                ActorLog.SubscriberThrew(_logger, exception, message.GetType());
            }
        }
    }

    /// <summary>Calls a handler for each event of a type or a type derived from it.</summary>
    /// <typeparam name="T">The type of events.</typeparam>
    /// <param name="handler">The handler; runs on the publisher's thread.</param>
    public Subscription Subscribe<T>(Action<T> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Add(message =>
        {
            if (message is T typed)
            {
                handler(typed);
            }
        });
    }

    /// <summary>Sends each event of a type or a type derived from it to a process.</summary>
    /// <typeparam name="T">The type of events.</typeparam>
    /// <param name="target">The process. A dead letter that is sent to it is not published again.</param>
    public Subscription Subscribe<T>(PID target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return Add(message =>
        {
            // A subscriber that has ended would turn each dead-letter event into the next one, for ever.
            if (message is T && message is not DeadLetterEvent { Message: DeadLetterEvent })
            {
                _actorSystem.Root.Send(target, message);
            }
        });
    }

    internal void Remove(Subscription subscription)
    {
        lock (_lock)
        {
            Volatile.Write(ref _subscriptions, Array.FindAll(_subscriptions, other => !ReferenceEquals(other, subscription)));
        }
    }

    private Subscription Add(Action<object> handle)
    {
        var subscription = new Subscription(this, handle);
        lock (_lock)
        {
            Volatile.Write(ref _subscriptions, [.. _subscriptions, subscription]);
        }

        return subscription;
    }
}

/// <summary>A subscription to the event stream. Disposing it ends it; disposing it again does nothing.</summary>
public sealed class Subscription : IDisposable
{
    private readonly EventStream _stream;

    internal Subscription(EventStream stream, Action<object> handle)
    {
        _stream = stream;
        Handle = handle;
    }

    internal Action<object> Handle { get; }

    /// <summary>Ends the subscription. An event that is being published on another thread may still arrive.</summary>
    public void Dispose() => _stream.Remove(this);
}
