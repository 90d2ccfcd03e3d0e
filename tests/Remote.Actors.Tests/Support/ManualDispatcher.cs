using System.Collections.Concurrent;

namespace Remote.Actors.Tests;

/// <summary>Runs turns when a test says so, on the test's thread.</summary>
internal sealed class ManualDispatcher(int throughput) : Dispatcher(throughput), IDisposable
{
    private readonly ConcurrentQueue<IThreadPoolWorkItem> _turns = new();
    private volatile bool _runs;

    public int Waiting => _turns.Count;

    public override void Schedule(IThreadPoolWorkItem turn)
    {
        if (_runs)
        {
            System.Threading.ThreadPool.UnsafeQueueUserWorkItem(turn, preferLocal: false);
        }
        else
        {
            _turns.Enqueue(turn);
        }
    }

    public void RunOne()
    {
        Assert.True(_turns.TryDequeue(out var turn), "a turn is scheduled");
        turn.Execute();
    }

    public void RunFromNowOn()
    {
        _runs = true;
        while (_turns.TryDequeue(out var turn))
        {
            Schedule(turn);
        }
    }

    public void Dispose() => RunFromNowOn();
}
