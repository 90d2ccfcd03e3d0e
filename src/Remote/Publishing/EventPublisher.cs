using Proto;

namespace Remote;

/// <summary>
/// Puts facts onto the event stream, whose handlers are the application's code: they run on one loop of their own, in order, so that a
/// handler may block, throw, send, or wait for the shutdown of the node and harms nobody but later events (decision 12 of the design).
/// </summary>
/// <remarks>Thread-safe. Whoever publishes never waits.</remarks>
internal sealed class EventPublisher(ActorSystem system, ThrottledLog log) : IThreadPoolWorkItem
{
    /// <summary>As many facts as may wait for a handler; further ones are counted and left out.</summary>
    public const int Capacity = 1_000_000;

    // Whether this thread runs handlers, or is a loop of ours that must not. What handlers cause must not run handlers inside of them: the
    // stack would grow with every turn.
    [ThreadStatic]
    private static int _handlersForbidden;

    [ThreadStatic]
    private static bool _isInHandler;

    private readonly Queue<Item> _queue = new();
    private readonly Lock _gate = new();
    private bool _isRunning;
    private long _leftOut;
    private TaskCompletionSource? _idle;

    /// <summary>The log of the node that publishes.</summary>
    public ThrottledLog Log => log;

    /// <summary>Whether the caller is a handler of an event, which must not wait for later events.</summary>
    public static bool IsInHandler => _isInHandler;

    /// <summary>Until it is disposed of, no handler runs on this thread: it is a loop of ours.</summary>
    public static LoopScope OnLoop()
    {
        _handlersForbidden++;
        return default;
    }

    /// <summary>Publishes on the loop.</summary>
    public void Publish(object fact) => Enqueue(new Item(fact, null, 0));

    /// <summary>Publishes a message of another node on the loop; its credit comes back when it was handled.</summary>
    public void Publish(object fact, IMessageOrigin origin, int size) => Enqueue(new Item(fact, origin, size));

    /// <summary>Publishes on the thread of a caller that is the application's own, and so pays for its own handlers.</summary>
    public void PublishHere(object fact)
    {
        if (_handlersForbidden > 0)
        {
            Publish(fact);
        }
        else
        {
            Run(fact);
        }
    }

    /// <summary>Completes when everything that was published before has been handled.</summary>
    public Task WhenIdleAsync()
    {
        lock (_gate)
        {
            return _isRunning ? (_idle ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task : Task.CompletedTask;
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (TryNext(out var item))
        {
            Run(item.Fact);
            item.Origin?.Taken(1, item.Size);
        }
    }

    private void Enqueue(in Item item)
    {
        lock (_gate)
        {
            if (!TryEnqueueUnsynchronized(item) || _isRunning)
            {
                return;
            }

            _isRunning = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private bool TryEnqueueUnsynchronized(in Item item)
    {
        if (_queue.Count < Capacity)
        {
            _queue.Enqueue(item);
            return true;
        }

        if (long.IsPow2(++_leftOut))
        {
            // Powers of two: the log must not be the next thing to overflow.
            RemoteLog.EventsLeftOut(log, _leftOut, Capacity);
        }

        item.Origin?.Taken(1, item.Size);
        return false;
    }

    private void Run(object fact)
    {
        _handlersForbidden++;
        _isInHandler = true;
        try
        {
            system.EventStream.Publish(fact);
        }
        catch (Exception exception)
        {
            // The event stream catches what handlers throw; a dispatcher of the application's own need not.
            RemoteLog.HandlerFailed(log, fact.GetType(), exception);
        }
        finally
        {
            _isInHandler = false;
            _handlersForbidden--;
        }
    }

    private bool TryNext(out Item item)
    {
        lock (_gate)
        {
            if (_queue.TryDequeue(out item))
            {
                return true;
            }

            _isRunning = false;
            _idle?.TrySetResult();
            _idle = null;
            return false;
        }
    }

    /// <summary>The end of <see cref="OnLoop"/>.</summary>
    internal readonly ref struct LoopScope
    {
        public void Dispose() => _handlersForbidden--;
    }

    private readonly record struct Item(object Fact, IMessageOrigin? Origin, int Size);
}
