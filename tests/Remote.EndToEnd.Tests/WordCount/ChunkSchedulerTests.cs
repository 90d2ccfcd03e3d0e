using Google.Protobuf;
using WordCount;

namespace Remote.EndToEnd.Tests;

public sealed class ChunkSchedulerTests
{
    private const int Window = 3;

    [Fact]
    public void TryAssign_SeveralWorkers_FillsTheirWindowsEvenly()
    {
        var scheduler = Scheduler(workers: 2, chunks: 10);

        var assigned = AssignAll(scheduler);

        Assert.Equal([1, 2, 1, 2, 1, 2], assigned.Select(entry => entry.Worker));
        Assert.Equal([1, 2, 3, 4, 5, 6], assigned.Select(entry => entry.Chunk));
        Assert.Equal(4, scheduler.Waiting);
        Assert.Equal(-4, scheduler.Room);
    }

    [Fact]
    public void TryComplete_FinishedChunk_MakesRoomForOneMore()
    {
        var scheduler = Scheduler(workers: 1, chunks: 4);
        AssignAll(scheduler);

        Assert.True(scheduler.TryComplete(1, 2, out _));

        Assert.Equal([(1, 4L)], AssignAll(scheduler));
    }

    [Fact]
    public void TryComplete_SecondAnswerForAChunk_DoesNotCount()
    {
        var scheduler = Scheduler(workers: 1, chunks: 1);
        AssignAll(scheduler);

        Assert.True(scheduler.TryComplete(1, 1, out _));
        Assert.False(scheduler.TryComplete(1, 1, out _));
    }

    [Fact]
    public void TryComplete_ChunkOfAnotherWorker_DoesNotCount()
    {
        var scheduler = Scheduler(workers: 2, chunks: 2);
        AssignAll(scheduler);

        Assert.False(scheduler.TryComplete(2, 1, out _));
        Assert.False(scheduler.TryComplete(3, 1, out _));
        Assert.True(scheduler.TryComplete(1, 1, out _));
    }

    [Fact]
    public void TryRemoveWorker_UnfinishedChunks_GoToTheOthersFirst()
    {
        var scheduler = Scheduler(workers: 2, chunks: 6);
        AssignAll(scheduler);
        scheduler.TryComplete(1, 1, out _);

        Assert.True(scheduler.TryRemoveWorker(1, out var givenBack));
        scheduler.TryComplete(2, 2, out _);
        scheduler.TryComplete(2, 4, out _);

        Assert.Equal(2, givenBack);
        Assert.Equal(2, scheduler.GivenBack);
        Assert.Equal([(2, 3L), (2, 5L)], AssignAll(scheduler));
    }

    [Fact]
    public void TryRemoveWorker_LateAnswerOfTheLostWorker_DoesNotCountAndTheNewOneDoes()
    {
        var scheduler = Scheduler(workers: 2, chunks: 1);
        AssignAll(scheduler);
        scheduler.TryRemoveWorker(1, out _);
        AssignAll(scheduler);

        Assert.False(scheduler.TryComplete(1, 1, out _));
        Assert.True(scheduler.TryComplete(2, 1, out _));
        Assert.True(scheduler.IsIdle);
    }

    [Fact]
    public void TryRemoveWorker_Twice_IsFalseTheSecondTime()
    {
        var scheduler = Scheduler(workers: 2, chunks: 0);

        Assert.True(scheduler.TryRemoveWorker(2, out _));
        Assert.False(scheduler.TryRemoveWorker(2, out var givenBack));
        Assert.Equal(0, givenBack);
        Assert.Equal(1, scheduler.Workers);
    }

    [Fact]
    public void TryAssign_NoWorkerLeft_IsFalseAndTheChunksWait()
    {
        var scheduler = Scheduler(workers: 1, chunks: 2);
        AssignAll(scheduler);
        scheduler.TryRemoveWorker(1, out _);

        Assert.Empty(AssignAll(scheduler));
        Assert.Equal((0, 2, false), (scheduler.Workers, scheduler.Waiting, scheduler.IsIdle));
    }

    [Fact]
    public void AnyOrderOfAnswersAndLosses_EveryChunkCountsExactlyOnce()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            RunAtRandom(new Random(seed), seed);
        }
    }

    private static void RunAtRandom(Random random, int seed)
    {
        const int chunks = 60;
        var scheduler = Scheduler(workers: 4, chunks);
        var onTheirWay = new List<(int Worker, long Chunk)>();
        var counted = new List<long>();
        while (!scheduler.IsIdle)
        {
            onTheirWay.AddRange(AssignAll(scheduler));
            if (random.Next(10) == 0 && scheduler.Workers > 1)
            {
                scheduler.TryRemoveWorker(random.Next(1, 5), out _);
            }

            // An answer arrives, now and then twice, and from lost workers too.
            var answer = onTheirWay[random.Next(onTheirWay.Count)];
            if (random.Next(4) != 0)
            {
                onTheirWay.Remove(answer);
            }

            if (scheduler.TryComplete(answer.Worker, answer.Chunk, out _))
            {
                counted.Add(answer.Chunk);
            }
        }

        Assert.True(Enumerable.Range(1, chunks).Select(id => (long)id).SequenceEqual(counted.Order()), $"seed {seed}: {string.Join(" ", counted)}");
    }

    private static ChunkScheduler Scheduler(int workers, int chunks)
    {
        var scheduler = new ChunkScheduler(Window);
        for (var worker = 1; worker <= workers; worker++)
        {
            scheduler.AddWorker(worker);
        }

        for (var id = 1; id <= chunks; id++)
        {
            scheduler.Enqueue(new Chunk(id, ByteString.CopyFromUtf8("text")));
        }

        return scheduler;
    }

    private static List<(int Worker, long Chunk)> AssignAll(ChunkScheduler scheduler)
    {
        var assigned = new List<(int, long)>();
        while (scheduler.TryAssign(out var worker, out var chunk))
        {
            assigned.Add((worker, chunk.Id));
        }

        return assigned;
    }
}
