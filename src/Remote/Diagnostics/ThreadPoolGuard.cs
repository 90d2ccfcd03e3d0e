namespace Remote;

/// <summary>
/// Keeps timers and read loops alive while actors block: watches from a thread of its own whether the pool still runs work, and lets it
/// have more threads at once when it does not. By itself the pool adds one or two a second, so that a few dozen blocking actors would
/// silence a node for longer than its peers wait for a heartbeat.
/// </summary>
/// <remarks>One for the process, shared by its nodes. Gives the threads back after a calm while.</remarks>
internal sealed class ThreadPoolGuard : IThreadPoolWorkItem
{
    // A twentieth of the default heartbeat interval, and about what a person calls a hiccup.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan CalmBeforeReturn = TimeSpan.FromMinutes(1);
    private const int Step = 16;
    private const int MaxExtra = 1024;

    private static readonly Lock Gate = new();
    private static ThreadPoolGuard? s_current;
    private static int s_users;

    private readonly ManualResetEventSlim _stop = new();
    private readonly PoolProbe _probe = new(TimeProvider.System);
    private int _extra;

    /// <summary>
    /// How long work waits for a thread of the pool: the last look, or the present one if that waits longer already. Zero while there is no node.
    /// Needs no thread of the pool itself.
    /// </summary>
    public static TimeSpan Delay => Volatile.Read(ref s_current)?._probe.Delay ?? TimeSpan.Zero;

    /// <summary>Starts the watch with the first node.</summary>
    public static void Enter()
    {
        lock (Gate)
        {
            if (s_users++ == 0)
            {
                s_current = new ThreadPoolGuard();
                new Thread(s_current.Watch) { IsBackground = true, Name = "Remote thread pool guard" }.Start();
            }
        }
    }

    /// <summary>Ends the watch with the last node.</summary>
    public static void Leave()
    {
        lock (Gate)
        {
            if (--s_users == 0)
            {
                s_current!._stop.Set();
                s_current = null;
            }
        }
    }

    void IThreadPoolWorkItem.Execute() => _probe.Ran();

    private void Watch()
    {
        var calm = TimeSpan.Zero;
        while (!_stop.Wait(Patience))
        {
            if (_probe.IsOut)
            {
                // The probe of the last round has not run: every thread is busy or blocked.
                calm = TimeSpan.Zero;
                Grow(Step);
                continue;
            }

            calm += Patience;
            if (_extra > 0 && calm >= CalmBeforeReturn)
            {
                Grow(-_extra);
            }

            _probe.Sent();
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        Grow(-_extra);
    }

    private void Grow(int threads)
    {
        threads = Math.Min(threads, MaxExtra - _extra);
        ThreadPool.GetMinThreads(out var workers, out var completionPorts);
        if (threads != 0 && ThreadPool.SetMinThreads(workers + threads, completionPorts))
        {
            _extra += threads;
        }
    }
}
