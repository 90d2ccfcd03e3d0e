using Grpc.Core;

namespace Remote.Tests;

/// <summary>
/// A write that the web server has lost: Kestrel's never ends when the caller resets the call at the moment in which the caller's window is used up.
/// Here it is played; <see cref="ResetWhileWritingTests"/> meets it.
/// </summary>
[Trait("Behaviour", "T-12")]
public sealed class LostWriteTests
{
    private readonly PlayedRequest _played = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Write_ThatDoesNotEndWithItsCall_IsGivenUpAfterAGrace(bool hasEndedBefore)
    {
        if (hasEndedBefore)
        {
            await _played.Gone.CancelAsync();
        }

        var write = Begin();
        await _played.Gone.CancelAsync();

        _played.Time.Advance(PendingWrite.Grace - TimeSpan.FromTicks(1));
        Assert.False(write.IsCompleted);
        _played.Time.Advance(TimeSpan.FromTicks(1));
        await LoopbackCalls.FailsAsync(() => write.Within("the end of the write"), StatusCode.Cancelled);
    }

    [Fact]
    public async Task Handler_ThatEndsBesideALostWrite_IsLetGo()
    {
        var write = Begin();
        var end = _played.Call.EndAsync();
        await _played.Gone.CancelAsync();

        Assert.False(end.IsCompleted);
        _played.Time.Advance(PendingWrite.Grace);

        await end.Within("the end of the call");
        await LoopbackCalls.FailsAsync(() => write, StatusCode.Cancelled);
        Assert.Empty(_played.Time.ArmedTimers);
    }

    /// <summary>A caller that has half-closed and gives no window is there, and takes nothing in.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Handler_ThatEndsBesideAWriteThatIsNotTakenIn_ResetsTheCallAfterAGrace(bool isLostToo)
    {
        var write = Begin();
        var end = _played.Call.EndAsync();

        _played.Time.Advance(PendingWrite.Grace - TimeSpan.FromTicks(1));
        Assert.False(_played.IsReset);
        _played.Time.Advance(TimeSpan.FromTicks(1));
        await Task.Delay(Timeout.Infinite, _played.Gone.Token).ContinueWith(_ => { }, TaskScheduler.Default).Within("the reset");
        Assert.True(_played.IsReset);
        if (isLostToo)
        {
            await _played.Time.WaitForTimerAsync(PendingWrite.Grace);
            _played.Time.Advance(PendingWrite.Grace);
        }
        else
        {
            _played.Written.SetException(new OperationCanceledException());
        }

        await end.Within("the end of the call");
        await LoopbackCalls.FailsAsync(() => write, StatusCode.Cancelled);
        Assert.Empty(_played.Time.ArmedTimers);
    }

    [Fact]
    public async Task Write_ThatEndsWithItsCall_IsNotWaitedForAnyLonger()
    {
        var write = Begin();
        await _played.Gone.CancelAsync();
        _played.Written.SetException(new OperationCanceledException());

        await LoopbackCalls.FailsAsync(() => write.Within("the end of the write"), StatusCode.Cancelled);
        await _played.Call.EndAsync().Within("the end of the call");
        Assert.Empty(_played.Time.ArmedTimers);
    }

    [Fact]
    public async Task Write_LongAfterTheEndOfItsCall_HasTheGraceOfItsOwn()
    {
        var first = Begin();
        await _played.Gone.CancelAsync();
        _played.Written.SetException(new OperationCanceledException());
        await LoopbackCalls.FailsAsync(() => first.Within("the end of the first write"), StatusCode.Cancelled);
        _played.Time.Advance(PendingWrite.Grace * 2);

        _played.Written = new TaskCompletionSource();
        var second = Begin();
        _played.Time.Advance(PendingWrite.Grace);

        await LoopbackCalls.FailsAsync(() => second.Within("the end of the second write"), StatusCode.Cancelled);
    }

    [Fact]
    public async Task Write_OfACallThatLives_IsWaitedForAsLongAsItTakes()
    {
        var write = Begin();

        _played.Time.Advance(TimeSpan.FromDays(1));
        Assert.False(write.IsCompleted);
        _played.Written.SetResult();

        await write.Within("the end of the write");
    }

    /// <summary>A write that is under way when this returns; with the context of the test, another thread would begin it.</summary>
    private Task Begin()
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return _played.Call.WriteAsync(new byte[1]).AsTask();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}
