namespace Remote.Testing.Tests;

public sealed class ManualTimeProviderTests
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);
    private readonly ManualTimeProvider _clock = new();

    private static TimeSpan Ms(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    [Fact]
    public void Advance_NoTimers_MovesUtcNowAndTimestampTogether()
    {
        var start = _clock.GetUtcNow();
        var stamp = _clock.GetTimestamp();

        _clock.Advance(TimeSpan.FromHours(3));

        Assert.Equal(start + TimeSpan.FromHours(3), _clock.GetUtcNow());
        Assert.Equal(TimeSpan.FromHours(3), _clock.GetElapsedTime(stamp));
    }

    [Fact]
    public void Advance_Negative_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _clock.Advance(TimeSpan.FromTicks(-1)));

    [Fact]
    public void Advance_SeveralDue_RunInDueOrderThenInArmingOrderEachAtItsOwnTime()
    {
        var ran = new List<(string Name, TimeSpan At)>();
        Arm("late", 30);
        Arm("early", 10);
        Arm("first at 20", 20);
        Arm("second at 20", 20);
        Arm("not due", 101);

        _clock.Advance(Ms(100));

        Assert.Equal(
            [("early", Ms(10)), ("first at 20", Ms(20)), ("second at 20", Ms(20)), ("late", Ms(30))], ran);
        Assert.Equal(Ms(100), _clock.Elapsed);
        Assert.Equal([Ms(1)], _clock.ArmedTimers);

        void Arm(string name, int due) =>
            _clock.CreateTimer(_ => ran.Add((name, _clock.Elapsed)), null, Ms(due), Timeout.InfiniteTimeSpan);
    }

    [Fact]
    public void Advance_CallbackArmsAnotherTimer_RunsItInTheSameAdvanceIfDue()
    {
        var ran = new List<TimeSpan>();
        _clock.CreateTimer(
            _ =>
            {
                ran.Add(_clock.Elapsed);
                _clock.CreateTimer(_ => ran.Add(_clock.Elapsed), null, Ms(15), Timeout.InfiniteTimeSpan);
            },
            null,
            Ms(10),
            Timeout.InfiniteTimeSpan);
        _clock.CreateTimer(_ => ran.Add(_clock.Elapsed), null, Ms(20), Timeout.InfiniteTimeSpan);

        _clock.Advance(Ms(25));

        Assert.Equal([Ms(10), Ms(20), Ms(25)], ran);
    }

    [Fact]
    public void Advance_PeriodicTimer_RunsOncePerPeriodWithoutDrift()
    {
        var ran = new List<TimeSpan>();
        using var timer = _clock.CreateTimer(_ => ran.Add(_clock.Elapsed), null, Ms(5), Ms(10));

        _clock.Advance(Ms(27));
        _clock.Advance(Ms(8));

        Assert.Equal([Ms(5), Ms(15), Ms(25), Ms(35)], ran);
    }

    [Fact]
    public void Advance_FromCallback_AddsUpAndNeverMovesBack()
    {
        var ran = new List<TimeSpan>();
        _clock.CreateTimer(_ => _clock.Advance(Ms(50)), null, Ms(10), Timeout.InfiniteTimeSpan);
        _clock.CreateTimer(_ => ran.Add(_clock.Elapsed), null, Ms(40), Timeout.InfiniteTimeSpan);

        _clock.Advance(Ms(20));

        Assert.Equal([Ms(40)], ran);
        Assert.Equal(Ms(70), _clock.Elapsed);
    }

    [Fact]
    public async Task Advance_FromManyThreads_AddsUpAndRunsEachTimerOnce()
    {
        var ran = 0;
        for (var i = 1; i <= 1000; i++)
        {
            _clock.CreateTimer(_ => Interlocked.Increment(ref ran), null, Ms(i), Timeout.InfiniteTimeSpan);
        }

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 125; i++)
            {
                _clock.Advance(Ms(1));
            }
        }))).WaitAsync(Ceiling);

        Assert.Equal(TimeSpan.FromSeconds(1), _clock.Elapsed);
        Assert.Equal(1000, ran);
    }

    [Fact]
    public void Advance_CallbackThrows_SurfacesAndLeavesTheRestForTheNextAdvance()
    {
        var ran = 0;
        _clock.CreateTimer(_ => throw new InvalidOperationException("callback"), null, Ms(1), Timeout.InfiniteTimeSpan);
        _clock.CreateTimer(_ => ran++, null, Ms(2), Timeout.InfiniteTimeSpan);

        Assert.Throws<InvalidOperationException>(() => _clock.Advance(Ms(5)));
        Assert.Equal(Ms(1), _clock.Elapsed);
        Assert.Equal(0, ran);

        _clock.Advance(TimeSpan.Zero);
        Assert.Equal(1, ran);
        Assert.Equal(Ms(5), _clock.Elapsed);
    }

    [Fact]
    public void Change_ArmedTimer_ForgetsTheFormerDueTime()
    {
        var ran = new List<TimeSpan>();
        using var timer = _clock.CreateTimer(_ => ran.Add(_clock.Elapsed), null, Ms(10), Timeout.InfiniteTimeSpan);

        Assert.True(timer.Change(Ms(30), Timeout.InfiniteTimeSpan));
        _clock.Advance(Ms(20));
        Assert.Empty(ran);
        _clock.Advance(Ms(20));
        Assert.Equal([Ms(30)], ran);
    }

    [Fact]
    public void Change_ToInfinite_Disarms()
    {
        var ran = 0;
        using var timer = _clock.CreateTimer(_ => ran++, null, Ms(10), Ms(10));

        timer.Change(Timeout.InfiniteTimeSpan, Ms(10));
        _clock.Advance(Ms(100));

        Assert.Equal(0, ran);
        Assert.Empty(_clock.ArmedTimers);
    }

    [Fact]
    public void Dispose_ArmedTimer_NeverRunsAndCannotBeChanged()
    {
        var ran = 0;
        var timer = _clock.CreateTimer(_ => ran++, null, Ms(10), Ms(10));

        timer.Dispose();
        _clock.Advance(Ms(100));

        Assert.Equal(0, ran);
        Assert.False(timer.Change(Ms(1), Ms(1)));
    }

    [Fact]
    public async Task DisposeAsync_CallbackRunning_CompletesAfterIt()
    {
        using var entered = new SemaphoreSlim(0);
        using var leave = new SemaphoreSlim(0);
        var timer = _clock.CreateTimer(
            _ =>
            {
                entered.Release();
                leave.Wait(Ceiling);
            },
            null,
            Ms(1),
            Timeout.InfiniteTimeSpan);
        var advance = Task.Run(() => _clock.Advance(Ms(1)));
        Assert.True(await entered.WaitAsync(Ceiling), "the callback did not start");

        var disposed = timer.DisposeAsync().AsTask();
        Assert.False(disposed.IsCompleted);
        leave.Release();

        await disposed.WaitAsync(Ceiling);
        await advance.WaitAsync(Ceiling);
    }

    [Fact]
    public async Task CreateTimer_DueTimeZero_RunsWithoutAdvance()
    {
        var ran = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        using var timer = _clock.CreateTimer(_ => ran.TrySetResult(), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);

        await ran.Task.WaitAsync(Ceiling);
        Assert.Equal(TimeSpan.Zero, _clock.Elapsed);
    }

    [Fact]
    public void CreateTimer_NegativeDueTime_Throws() => Assert.Throws<ArgumentOutOfRangeException>(
        () => _clock.CreateTimer(_ => { }, null, TimeSpan.FromMilliseconds(-2), Timeout.InfiniteTimeSpan));

    [Fact]
    public async Task TaskDelay_AndCancellationSource_FollowTheClock()
    {
        var delay = Task.Delay(Ms(200), _clock);
        using var source = new CancellationTokenSource(Ms(300), _clock);

        _clock.Advance(Ms(199));
        Assert.False(delay.IsCompleted);
        _clock.Advance(Ms(1));
        await delay.WaitAsync(Ceiling);
        Assert.False(source.IsCancellationRequested);
        _clock.Advance(Ms(100));
        Assert.True(source.IsCancellationRequested);
    }

    [Fact]
    public async Task WaitForTimersAsync_TimerArmedLater_Completes()
    {
        var two = _clock.WaitForTimersAsync(2);
        var exact = _clock.WaitForTimerAsync(Ms(20));
        using var first = _clock.CreateTimer(_ => { }, null, Ms(10), Timeout.InfiniteTimeSpan);
        Assert.False(two.IsCompleted);
        Assert.False(exact.IsCompleted);

        using var second = _clock.CreateTimer(_ => { }, null, Ms(20), Timeout.InfiniteTimeSpan);

        await two.WaitAsync(Ceiling);
        await exact.WaitAsync(Ceiling);
    }

    [Fact]
    public async Task WaitForTimersAsync_NotReached_SaysWhatIsArmed()
    {
        using var timer = _clock.CreateTimer(_ => { }, null, Ms(10), Timeout.InfiniteTimeSpan);

        var error = await Assert.ThrowsAsync<TimeoutException>(() => _clock.WaitForTimersAsync(2, Ms(1)));

        Assert.Contains("2 armed timers", error.Message, StringComparison.Ordinal);
        Assert.Contains("00:00:00.0100000", error.Message, StringComparison.Ordinal);
    }
}
