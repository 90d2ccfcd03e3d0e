using System.Text;
using Proto;
using WordCount;

namespace Remote.EndToEnd.Tests;

/// <summary>The coordinator with counters in the same process: real actors, no network.</summary>
public sealed class CoordinatorActorTests : DisposedAfterTest
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly ActorSystem _system = new();

    public override async ValueTask DisposeAsync()
    {
        await _system.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task CountAll_SeveralFiles_CountsEachOnce()
    {
        WriteWords("a.txt", 50_000);
        _folder.Write("b.txt", "word");
        _folder.Write("binary", [0]);

        var finished = Assert.IsType<CountFinished>(await CountAsync(Counter(), Counter()));

        Assert.Equal((2, 1, 0), (finished.Tally.Files, finished.Tally.Skipped, finished.WorkersLost));
        Assert.Equal((50_001, 50_001), (finished.Tally.Totals.Words, finished.Tally.Totals.Distinct));
        Assert.Equal(finished.Tally.Bytes + 1, finished.Tally.BytesDone);
    }

    [Fact]
    public async Task CountAll_WordLongerThanAChunk_IsCountedByTheCoordinatorItself()
    {
        var giant = new string('x', 200_000);
        _folder.Write("a.txt", $"a {giant} b {giant} c");

        var finished = Assert.IsType<CountFinished>(await CountAsync(Counter()));

        Assert.Equal(2, finished.Tally.Totals.Counts[giant]);
        Assert.Equal(5, finished.Tally.Totals.Words);
    }

    [Fact]
    public async Task CountAll_CounterStopsWithUnfinishedChunks_TheOtherFinishesThem()
    {
        WriteWords("a.txt", 200_000);
        var silent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var dying = _system.Root.Spawn(Props.FromFunc(context =>
        {
            if (context.Message is CountChunk)
            {
                silent.TrySetResult();
            }

            return Task.CompletedTask;
        }));

        var counting = CountAsync(dying, Counter());
        await silent.Task.WaitAsync(Ceiling);
        _system.Root.Stop(dying);

        var finished = Assert.IsType<CountFinished>(await counting);
        Assert.Equal((1, 200_000), (finished.WorkersLost, finished.Tally.Totals.Words));
        Assert.Contains(finished.Tally.TakeNotes(), note => note.StartsWith("worker 1 lost (Stopped): ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CountAll_ChunkThatCannotBeDelivered_IsGivenToTheOther()
    {
        WriteWords("a.txt", 200_000);

        // What its node answers where the chunk got lost on the way; from Proto.Actor's own dead letters it would not differ.
        var unreached = _system.Root.Spawn(Props.FromFunc(context =>
        {
            if (context.Message is CountChunk)
            {
                context.Respond(new DeadLetterResponse { Target = context.Self });
            }

            return Task.CompletedTask;
        }));

        var finished = Assert.IsType<CountFinished>(await CountAsync(unreached, Counter()));

        Assert.Equal((1, 200_000), (finished.WorkersLost, finished.Tally.Totals.Words));
        Assert.Contains(finished.Tally.TakeNotes(), note => note.StartsWith("worker 1 lost (NoSuchProcess): ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CountAll_CounterAnswersTwice_CountsOnce()
    {
        WriteWords("a.txt", 100_000);
        var twice = _system.Root.Spawn(Props.FromFunc(context =>
        {
            if (context.Message is CountChunk chunk)
            {
                context.Respond(ChunkAnswer.To(chunk));
                context.Respond(ChunkAnswer.To(chunk));
            }

            return Task.CompletedTask;
        }));

        var finished = Assert.IsType<CountFinished>(await CountAsync(twice));

        Assert.Equal(100_000, finished.Tally.Totals.Words);
    }

    [Fact]
    public async Task CountAll_NoCounterLeft_IsAborted()
    {
        WriteWords("a.txt", 100_000);
        var stopping = _system.Root.Spawn(Props.FromFunc(context =>
        {
            if (context.Message is CountChunk)
            {
                context.Stop(context.Self);
            }

            return Task.CompletedTask;
        }));

        var aborted = Assert.IsType<CountAborted>(await CountAsync(stopping));

        Assert.Equal(ExitCode.NoWorkerLeft, aborted.ExitCode);
        Assert.StartsWith("no worker left: ", aborted.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetProgress_WhileCountersAreSilent_ShowsFullWindowsAndNoMoreIsRead()
    {
        WriteWords("a.txt", 1_000_000);
        var received = 0;
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var silent = _system.Root.Spawn(Props.FromFunc(context =>
        {
            if (context.Message is CountChunk && ++received == CoordinatorActor.Window)
            {
                full.SetResult();
            }

            return Task.CompletedTask;
        }));
        var coordinator = Coordinator(silent);
        _system.Root.Send(coordinator, CountAll.Instance);
        await full.Task.WaitAsync(Ceiling);

        var progress = await _system.Root.RequestAsync<ProgressSnapshot>(coordinator, GetProgress.Instance, Ceiling);

        Assert.Equal([new WorkerProgress(1, CoordinatorActor.Window, false)], progress.Workers);
        Assert.Equal((0, CoordinatorActor.Window, 0L), (progress.Waiting, progress.Messages, progress.BytesDone));
        Assert.Equal(CoordinatorActor.Window, received);
    }

    private PID Counter() => _system.Root.Spawn(Props.FromProducer(() => new CounterActor()));

    private PID Coordinator(params PID[] counters)
    {
        var numbered = counters.Index().ToDictionary(entry => entry.Index + 1, entry => entry.Item);
        return _system.Root.Spawn(Props.FromProducer(() => new CoordinatorActor(TextFileFinder.Find(_folder.Path), numbered)));
    }

    private Task<CountOutcome> CountAsync(params PID[] counters) =>
        _system.Root.RequestAsync<CountOutcome>(Coordinator(counters), CountAll.Instance, Ceiling);

    private void WriteWords(string name, int howMany) =>
        _folder.Write(name, Encoding.UTF8.GetBytes(string.Join(" ", Enumerable.Range(0, howMany).Select(number => $"w{number}"))));
}
