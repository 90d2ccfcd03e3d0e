namespace Remote.Actors;

/// <summary>Decides where and for how long actors run. Derive from it to run actors on threads of your own.</summary>
public abstract class Dispatcher
{
    /// <summary>How many user messages an actor may take before others get their turn, by default.</summary>
    public const int DefaultThroughput = 300;

    /// <summary>Creates a dispatcher.</summary>
    /// <param name="throughput">How many user messages an actor may take per turn; at least 1.</param>
    protected Dispatcher(int throughput = DefaultThroughput)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(throughput, 1);
        Throughput = throughput;
    }

    /// <summary>Runs actors on the thread pool.</summary>
    public static Dispatcher ThreadPool { get; } = new ThreadPoolDispatcher(DefaultThroughput);

    /// <summary>How many user messages an actor may take per turn.</summary>
    public int Throughput { get; }

    /// <summary>A dispatcher on the thread pool with another throughput.</summary>
    /// <param name="throughput">How many user messages an actor may take per turn; at least 1.</param>
    public static Dispatcher WithThroughput(int throughput) => new ThreadPoolDispatcher(throughput);

    /// <summary>Runs a turn soon, exactly once, on some thread. Called from any thread; must not run it inline.</summary>
    /// <param name="turn">The turn of one actor.</param>
    public abstract void Schedule(IThreadPoolWorkItem turn);

    private sealed class ThreadPoolDispatcher(int throughput) : Dispatcher(throughput)
    {
        // The global queue, not the thread's own: that one is last in, first out, and two actors in a conversation would starve the rest.
        public override void Schedule(IThreadPoolWorkItem turn) => System.Threading.ThreadPool.UnsafeQueueUserWorkItem(turn, preferLocal: false);
    }
}
