using System.Diagnostics;
using Proto;
using Remote;

namespace WordCount;

/// <summary>
/// Sends chunks to the counters and adds up what they answer. It watches them: the unfinished chunks of a counter whose node
/// has gone are sent to the others.
/// </summary>
/// <param name="found">What to count.</param>
/// <param name="counters">The counter of each worker, by the worker's number.</param>
internal sealed class CoordinatorActor(FoundFiles found, IReadOnlyDictionary<int, PID> counters) : IActor
{
    /// <summary>
    /// Unfinished chunks per worker: enough that a worker never waits for the next one, and half a MiB of text in memory.
    /// </summary>
    public const int Window = 8;

    private readonly ChunkScheduler _scheduler = new(Window);
    private readonly Tally _tally = new();
    private PID? _requester;
    private PID? _reader;
    private int _asked;
    private bool _allRead;
    private bool _ended;
    private long _messages;
    private int _workersLost;
    private long _started;

    public Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case CountAll:
                Begin(context);
                break;
            case CorpusItem item:
                OnRead(context, item);
                break;
            case EndOfCorpus:
                _allRead = true;
                Continue(context);
                break;
            case ReadingFailed failure:
                End(context, new CountAborted(ExitCode.BadArguments, $"the files cannot be read to their end: {failure.Message}"));
                break;
            case ChunkCounted counted:
                OnCounted(context, counted);
                break;
            case Terminated terminated:
                OnLost(context, terminated.Who, terminated.Why.ToString());
                break;
            case DeadLetterResponse undelivered:
                OnLost(context, undelivered.Target, undelivered.GetReason().Name);
                break;
            case GetProgress:
                context.Respond(Progress());
                break;
        }

        return Task.CompletedTask;
    }

    private void Begin(IContext context)
    {
        _requester = context.Sender;
        _started = Stopwatch.GetTimestamp();
        _reader = context.Spawn(Props.FromProducer(() => new ReaderActor(found.Files)));
        foreach (var folder in found.Unreadable)
        {
            _tally.Add(folder);
        }

        foreach (var (worker, counter) in counters)
        {
            _scheduler.AddWorker(worker);
            context.Watch(counter);
        }

        Continue(context);
    }

    private void OnRead(IContext context, CorpusItem item)
    {
        switch (item)
        {
            case Chunk chunk:
                _asked--;
                Take(chunk);
                Continue(context);
                break;
            case FileRead file:
                _tally.Add(file);
                break;
            case FileSkipped file:
                _tally.Add(file);
                break;
        }
    }

    private void Take(Chunk chunk)
    {
        if (!chunk.IsOversized)
        {
            _scheduler.Enqueue(chunk);
            return;
        }

        var counter = new WordCounter();
        counter.Add(chunk.Text.Span);
        _tally.Add(chunk.Text.Length, counter.Counts);
    }

    private void OnCounted(IContext context, ChunkCounted counted)
    {
        _messages++;
        if (_scheduler.TryComplete(counted.Worker, counted.Chunk, out var chunk))
        {
            _tally.Add(chunk.Text.Length, counted.Words.Zip(counted.Counts, KeyValuePair.Create));
            Continue(context);
        }
    }

    // A chunk that could not be delivered counts like a lost worker: whoever does not get a chunk never answers it.
    private void OnLost(IContext context, PID counter, string reason)
    {
        var worker = counters.First(entry => entry.Value.Equals(counter)).Key;
        if (!_scheduler.TryRemoveWorker(worker, out var givenBack))
        {
            return;
        }

        _workersLost++;
        _tally.Note($"worker {worker} lost ({reason}): {givenBack} unfinished chunks {(_scheduler.Workers > 0 ? "go to the others" : "are left")}");
        Continue(context);
    }

    // After whatever happened: hand out what waits, read on where there is room, and see whether that was all.
    private void Continue(IContext context)
    {
        while (_scheduler.TryAssign(out var worker, out var chunk))
        {
            _messages++;
            context.Request(counters[worker], new CountChunk { Worker = worker, Chunk = chunk.Id, Text = chunk.Text });
        }

        for (; !_allRead && _asked < _scheduler.Room; _asked++)
        {
            context.Request(_reader!, ReadNextChunk.Instance);
        }

        if (_allRead && _scheduler.IsIdle)
        {
            var elapsed = Stopwatch.GetElapsedTime(_started);
            End(context, new CountFinished(_tally, _workersLost, elapsed));
        }
        else if (_scheduler.Workers == 0)
        {
            End(context, new CountAborted(ExitCode.NoWorkerLeft, $"no worker left: all of them were lost, with {Sizes.Text(found.Bytes - _tally.BytesDone)} not counted"));
        }
    }

    private void End(IContext context, CountOutcome outcome)
    {
        if (!_ended)
        {
            _ended = true;
            context.Send(_requester!, outcome);
        }
    }

    private ProgressSnapshot Progress() => new(
        _tally.BytesDone,
        found.Bytes,
        _messages,
        _scheduler.Waiting,
        [.. counters.Keys.Order().Select(worker => new WorkerProgress(worker, _scheduler.UnfinishedOf(worker), !_scheduler.Has(worker)))],
        _tally.TakeNotes());
}
