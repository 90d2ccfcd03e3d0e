using Grpc.Core;

namespace Remote.Tests;

public sealed class FrameWriterTurnTests
{
    private readonly SlowStream _inner = new();
    private readonly FrameWriter _frames;

    public FrameWriterTurnTests() => _frames = new FrameWriter(_inner);

    [Fact]
    public async Task WriteAsync_WhileAnotherIsUnderWay_WaitsForItsTurn()
    {
        var first = _frames.WriteAsync(new byte[] { 1 });
        var second = _frames.WriteAsync(new byte[] { 2 }).AsTask();
        var completing = _frames.CompleteAsync(CancellationToken.None).AsTask();
        Assert.Equal([1], _inner.Begun);

        _inner.EndWrite();
        await first.AsTask().Within("the first write");
        await _inner.WaitForWriteAsync();
        Assert.Equal([1, 2], _inner.Begun);
        Assert.False(_inner.IsCompleted);
        _inner.EndWrite();

        await second.Within("the second write");
        await completing.Within("the end");
        Assert.True(_inner.IsCompleted);
    }

    [Fact]
    public async Task WriteAsync_Fails_GivesTheTurnBack()
    {
        var failing = _frames.WriteAsync(new byte[] { 1 }).AsTask();
        _inner.EndWrite(CallFailure.Of(StatusCode.Unavailable, "lost"));
        await Assert.ThrowsAsync<RpcException>(() => failing.Within("the failure"));
        _inner.ThrowsAtOnce = true;
        await Assert.ThrowsAsync<RpcException>(() => _frames.WriteAsync(new byte[] { 2 }).AsTask().Within("the failure at once"));
        _inner.ThrowsAtOnce = false;

        var next = _frames.WriteAsync(new byte[] { 3 }).AsTask();
        _inner.EndWrite();

        await next.Within("the next write");
    }

    [Fact]
    public async Task WriteAsync_AfterTheEnd_Fails()
    {
        await _frames.CompleteAsync(CancellationToken.None).AsTask().Within("the end");

        await Assert.ThrowsAsync<RpcException>(() => _frames.WriteAsync(new byte[] { 1 }).AsTask().Within("a late write"));
        Assert.Empty(_inner.Begun);
    }

    [Fact]
    public async Task WriteAsync_GivenUpWhileItWaits_TakesNoTurn()
    {
        var first = _frames.WriteAsync(new byte[] { 1 }).AsTask();
        using var enough = new CancellationTokenSource();
        var second = _frames.WriteAsync(new byte[] { 2 }, enough.Token).AsTask();
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.Within("giving up"));
        _inner.EndWrite();
        await first.Within("the first write");

        var third = _frames.WriteAsync(new byte[] { 3 }).AsTask();
        _inner.EndWrite();

        await third.Within("the third write");
        Assert.Equal([1, 3], _inner.Begun);
    }

    /// <summary>A stream whose writes end when the test says so. Two at a time fail.</summary>
    private sealed class SlowStream : IGrpcStream
    {
        private readonly SemaphoreSlim _begun = new(0);
        private TaskCompletionSource? _writing;

        public List<byte> Begun { get; } = [];

        public bool IsCompleted { get; private set; }

        public bool ThrowsAtOnce { get; set; }

        public FrameReader Reader => throw new NotSupportedException();

        public ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
        {
            if (ThrowsAtOnce)
            {
                throw CallFailure.Of(StatusCode.Unavailable, "lost");
            }

            Assert.True(_writing is null, "Two writes at a time.");
            Begun.Add(message.Span[0]);
            _writing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _begun.Release();
            return new ValueTask(_writing.Task);
        }

        public ValueTask CompleteAsync(CancellationToken cancellationToken = default)
        {
            IsCompleted = true;
            return ValueTask.CompletedTask;
        }

        public void Abort()
        {
        }

        /// <summary>Waits for the second write.</summary>
        public async Task WaitForWriteAsync()
        {
            await _begun.WaitAsync().Within("the first write");
            await _begun.WaitAsync().Within("another write");
        }

        public void EndWrite(Exception? failure = null)
        {
            var writing = _writing!;
            _writing = null;
            if (failure is null)
            {
                writing.SetResult();
            }
            else
            {
                writing.SetException(failure);
            }
        }
    }
}
