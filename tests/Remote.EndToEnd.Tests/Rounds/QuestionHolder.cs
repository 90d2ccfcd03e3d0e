using Proto;
using Remote.TestNode;

namespace Remote.EndToEnd.Tests;

/// <summary>An actor that lets questions wait until it is told to answer, also when whoever asked is gone by then.</summary>
internal sealed class QuestionHolder
{
    private readonly IRootContext _root;
    private readonly Lock _gate = new();
    private readonly List<(PID Asker, Ask Ask)> _held = [];
    private int _awaited = int.MaxValue;
    private TaskCompletionSource _reached = new();

    public QuestionHolder(TestCoordinator node)
    {
        _root = node.Root;
        Pid = node.Root.SpawnNamed(Props.FromFunc(HearAsync), "holder");
    }

    public PID Pid { get; }

    /// <summary>How many answers were given.</summary>
    public int Answered { get; private set; }

    /// <summary>Completes when so many questions wait.</summary>
    public Task WhenHeldAsync(int count)
    {
        lock (_gate)
        {
            _awaited = count;
            _reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Look();
            return _reached.Task;
        }
    }

    /// <summary>Answers the first so many that wait, in the order in which they came.</summary>
    public void Answer(int count)
    {
        lock (_gate)
        {
            foreach (var (asker, ask) in _held.Take(count))
            {
                _root.Send(asker, new Answer { Life = ask.Life, Number = ask.Number });
                Answered++;
            }

            _held.RemoveRange(0, count);
        }
    }

    private Task HearAsync(IContext context)
    {
        if (context.Message is Ask ask)
        {
            lock (_gate)
            {
                _held.Add((context.Sender!, ask));
                Look();
            }
        }

        return Task.CompletedTask;
    }

    private void Look()
    {
        if (_held.Count >= _awaited)
        {
            _reached.TrySetResult();
        }
    }
}
