using Remote.Testing;

namespace Remote.Tests;

/// <summary>A write that never ends, waited for at the very moment in which its call ends.</summary>
public sealed class PendingWriteTests
{
    private volatile Round? _round;

    [Fact]
    public async Task Wait_ThatBeginsAsItsCallEnds_IsGivenUpAfterAGrace()
    {
        var rounds = TestScale.Count(100_000);
        var ending = Task.Factory.StartNew(() => EndCalls(rounds), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        for (var i = 0; i < rounds; i++)
        {
            using var round = new Round();
            _round = round;
            SpinUntil(() => round.IsReady);
            round.Go = true;
            Thread.SpinWait(i % 64);
            var wait = round.Write.WaitAsync(new TaskCompletionSource().Task, round.Gone.Token);
            SpinUntil(() => round.IsOver);

            round.Time.Advance(PendingWrite.Grace);
            Assert.True(wait.IsCompleted, $"round {i}");
        }

        await ending.Within("the end of the other thread");
    }

    private static void SpinUntil(Func<bool> condition)
    {
        var spin = default(SpinWait);
        while (!condition())
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    private void EndCalls(int rounds)
    {
        Round? last = null;
        for (var i = 0; i < rounds; i++)
        {
            SpinUntil(() => _round != last);
            last = _round!;
            last.Write.OnGone();
            last.IsReady = true;
            while (!last.Go)
            {
            }

            last.Gone.Cancel();
            last.IsOver = true;
        }
    }

    private sealed class Round : IDisposable
    {
        public volatile bool IsReady;
        public volatile bool Go;
        public volatile bool IsOver;

        public Round()
        {
            Write = new PendingWrite(Time);
            Gone.Token.UnsafeRegister(static write => ((PendingWrite)write!).OnGone(), Write);
        }

        public ManualTimeProvider Time { get; } = new();

        public PendingWrite Write { get; }

        public CancellationTokenSource Gone { get; } = new();

        public void Dispose()
        {
            Write.Dispose();
            Gone.Dispose();
        }
    }
}
