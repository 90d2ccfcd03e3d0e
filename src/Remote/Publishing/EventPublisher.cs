using Proto;

namespace Remote;

/// <summary>
/// Puts facts onto the event stream, whose handlers are the application's code: they run on one loop of their own, in order, so that a
/// handler may block, throw, send, or wait for the shutdown of the node and harms nobody but later events (decision 12 of the design).
/// </summary>
/// <remarks>
/// Thread-safe. Whoever publishes never waits. Facts with the messages of peers are bounded in bytes too: a peer decides how large they are and how many.
/// </remarks>
/// <param name="system">Whose event stream it is.</param>
/// <param name="log">The log of the node.</param>
/// <param name="maxHeld">Bytes of peers' messages that may wait for a handler, in facts for which <see cref="TryHold"/> is asked.</param>
internal sealed class EventPublisher(ActorSystem system, ThrottledLog log, long maxHeld) : IThreadPoolWorkItem
{
    /// <summary>As many facts as may wait for a handler; further ones are counted and left out.</summary>
    public const int Capacity = 1_000_000;

    // Whether this thread runs handlers, or is a loop of ours that must not. What handlers cause must not run handlers inside of them: the
    // stack would grow with every turn.
    [ThreadStatic]
    private static int _handlersForbidden;

    [ThreadStatic]
    private static bool _isInHandler;

    // Of the peer's message that the loop of ours is at.
    [ThreadStatic]
    private static int _sizeAtHand;

    private readonly Queue<Item> _queue = new();
    private readonly Lock _gate = new();
    private bool _isRunning;
    private long _leftOut;
    private long _held;
    private TaskCompletionSource? _idle;

    /// <summary>The log of the node that publishes.</summary>
    public ThrottledLog Log => log;

    /// <summary>Whether the caller is a handler of an event, which must not wait for later events.</summary>
    public static bool IsInHandler => _isInHandler;

    /// <summary>Whether no handler runs on this thread.</summary>
    public static bool IsOnLoop => _handlersForbidden > 0;

    /// <summary>Bytes on the wire of the peer's message that this thread delivers; 0 when it does not.</summary>
    public static int SizeAtHand => _sizeAtHand;

    /// <summary>Until it is disposed of, no handler runs on this thread: it is a loop of ours that delivers a message of a peer.</summary>
    /// <param name="size">Bytes of the message on the wire.</param>
    public static LoopScope OnLoop(int size)
    {
        _handlersForbidden++;
        _sizeAtHand = size;
        return default;
    }

    /// <summary>
    /// Whether a fact may keep so many bytes of a peer's message until it was handled; to be published with them, then. One fact may always wait, whatever
    /// its size.
    /// </summary>
    public bool TryHold(long bytes)
    {
        var held = Interlocked.Add(ref _held, bytes);
        if (held <= maxHeld || held == bytes)
        {
            return true;
        }

        Release(bytes);
        return false;
    }

    /// <summary>Publishes a fact on the loop that keeps bytes of a peer's message.</summary>
    /// <param name="fact">The fact.</param>
    /// <param name="held">What <see cref="TryHold"/> has allowed it.</param>
    public void Publish(object fact, long held) => Enqueue(new Item(fact, null, held));

    /// <summary>Publishes on the loop.</summary>
    public void Publish(object fact) => Enqueue(new Item(fact, null, 0));

    /// <summary>Publishes a message of another node on the loop; its credit comes back when it was handled.</summary>
    public void Publish(object fact, IMessageOrigin origin, int size) => Enqueue(new Item(fact, origin, size));

    /// <summary>Publishes on the thread of a caller that is the application's own, and so pays for its own handlers.</summary>
    public void PublishHere(object fact)
    {
        if (IsOnLoop)
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
            End(item);
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

        End(item);
        return false;
    }

    private void End(in Item item)
    {
        if (item.Origin is not null)
        {
            item.Origin.Taken(1, item.Size);
        }
        else if (item.Size > 0)
        {
            Release(item.Size);
        }
    }

    private void Release(long bytes) => Interlocked.Add(ref _held, -bytes);

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
        public void Dispose()
        {
            _handlersForbidden--;
            _sizeAtHand = 0;
        }
    }

    /// <param name="Fact">What is told.</param>
    /// <param name="Origin">Gets its credit back when it was told; null for a fact that has none.</param>
    /// <param name="Size">The bytes of that credit; without it those that are held.</param>
    private readonly record struct Item(object Fact, IMessageOrigin? Origin, long Size);
}
