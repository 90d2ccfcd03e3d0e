using System.Diagnostics.Metrics;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>The few frames that an acceptor sends, while the stream takes its time.</summary>
public sealed class FrameWriterTests : IDisposable
{
    private readonly HeldStream _stream = new();
    private readonly FrameWriter _writer;

    public FrameWriterTests() => _writer = new FrameWriter(_stream);

    public void Dispose() => _stream.Dispose();

    [Fact]
    public async Task Ask_WhileAWriteIsUnderWay_IsWrittenOnceAfterwards()
    {
        _writer.SendHeartbeat();
        for (var i = 0; i < 10; i++)
        {
            _writer.SendHeartbeat();
        }

        _writer.Disconnect();
        _writer.Disconnect();
        Assert.Equal(["Heartbeat"], _stream.Frames);
        _stream.ReleaseAll();

        await _stream.WaitAsync(frames: 3);
        Assert.Equal(["Heartbeat", "Heartbeat", "DisconnectRequest"], _stream.Frames);
        Assert.Equal(1, _stream.MostAtOnce);
    }

    [Fact]
    public async Task Ask_AfterEverythingWasWritten_IsWrittenAgain()
    {
        _stream.ReleaseAll();
        for (var i = 1; i <= 5; i++)
        {
            _writer.SendHeartbeat();
            await _stream.WaitAsync(frames: i);
        }

        Assert.Equal(5, _writer.SentCount);
    }

    [Fact]
    public async Task SentCount_CountsWhatWasWritten()
    {
        _writer.SendHeartbeat();
        Assert.Equal(0, _writer.SentCount);

        _writer.Disconnect();
        _stream.ReleaseAll();

        // It was counted before the next frame was begun.
        await _stream.WaitAsync(frames: 2);
        Assert.Equal(1, _writer.SentCount);
    }

    [Fact]
    public void Ask_StreamIsOver_IsNotWrittenAndThrowsNothing()
    {
        _stream.Abort();
        _writer.SendHeartbeat();
        _writer.Disconnect();

        Assert.Empty(_stream.Frames);
        Assert.Equal((1, 0L), (_stream.Attempts, _writer.SentCount));
    }

    [Fact]
    [Trait("Behaviour", "R-06")]
    public async Task SendHeartbeat_ABatchWaitsForItsTurn_IsLeftOut()
    {
        _writer.Disconnect();
        var batch = _writer.WriteAsync(LinkFrames.EmptyBatch(1)).AsTask();
        _writer.SendHeartbeat();
        _stream.ReleaseAll();

        await batch.Within("the batch");
        Assert.Equal(["DisconnectRequest", "MessageBatch"], _stream.Frames);

        // The next one is another.
        _writer.SendHeartbeat();
        await _stream.WaitAsync(frames: 3);
        Assert.Equal("Heartbeat", _stream.Frames[2]);
    }

    /// <summary>A busy stream would tell nothing of its round trip otherwise.</summary>
    [Fact]
    public async Task SendHeartbeat_Timed_GoesBeforeABatchTooAndHasANumber()
    {
        using var probe = new MetricsProbe(histograms: true);
        var histograms = new NodeHistograms(NullLogger.Instance);
        histograms.AddTo(probe.Create(new MeterOptions(RemoteTelemetry.MeterName)));
        var writer = new FrameWriter(_stream, null, new HeartbeatMeter(histograms, "peer:1", TimeProvider.System));
        writer.Disconnect();
        var batch = writer.WriteAsync(LinkFrames.EmptyBatch(1)).AsTask();
        writer.SendHeartbeat();
        _stream.ReleaseAll();

        await batch.Within("the batch");
        Assert.Equal(["DisconnectRequest", "Heartbeat", "MessageBatch"], _stream.Frames);
        Assert.Equal([1ul], _stream.Numbers);
        writer.Heartbeats!.Echoed(1);
        Assert.Single(probe.Measured, static one => one.Instrument == RemoteTelemetry.HeartbeatRoundTrip);
    }

    /// <summary>A peer that sends heartbeats faster than it reads makes nothing pile up.</summary>
    [Fact]
    public async Task SendEcho_WhileAWriteIsUnderWay_TheLastOneIsSentBack()
    {
        _writer.Disconnect();
        for (var number = 1ul; number <= 1_000; number++)
        {
            _writer.SendEcho(number);
        }

        _stream.ReleaseAll();

        await _stream.WaitAsync(frames: 2);
        Assert.Equal(["DisconnectRequest", "HeartbeatEcho"], _stream.Frames);
        Assert.Equal([1_000ul], _stream.Numbers);
    }

    [Fact]
    public async Task Disconnect_WhileABatchIsBeingWritten_GoesAfterIt()
    {
        var batch = _writer.WriteAsync(LinkFrames.EmptyBatch(1)).AsTask();
        _writer.Disconnect();
        _stream.ReleaseAll();

        await batch.Within("the batch");
        await _stream.WaitAsync(frames: 2);
        Assert.Equal(["MessageBatch", "DisconnectRequest"], _stream.Frames);
    }

    [Fact]
    public async Task Disconnect_ABatchWaitsForItsTurn_GoesBeforeIt()
    {
        _writer.SendHeartbeat();
        var batch = _writer.WriteAsync(LinkFrames.EmptyBatch(1)).AsTask();
        _writer.Disconnect();
        _stream.ReleaseAll();

        await batch.Within("the batch");
        Assert.Equal(["Heartbeat", "DisconnectRequest", "MessageBatch"], _stream.Frames);
    }

    /// <summary>A stream whose writes wait until they are let go.</summary>
    private sealed class HeldStream : IGrpcStream, IDisposable
    {
        private readonly EventProbe _frames = new();
        private readonly TaskCompletionSource _release = new();
        private bool _isOver;
        private int _writing;

        public FrameReader Reader => throw new NotSupportedException("Only written to.");

        public IReadOnlyList<string> Frames => _frames.Of<string>();

        /// <summary>Those of heartbeats and of their echoes.</summary>
        public IReadOnlyList<ulong> Numbers => _frames.Of<ulong>();

        public int MostAtOnce { get; private set; }

        public int Attempts { get; private set; }

        public Task WaitAsync(int frames) => _frames.WaitForCountAsync<string>(frames);

        public void ReleaseAll() => _release.TrySetResult();

        public async ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
        {
            Attempts++;
            if (_isOver)
            {
                throw CallFailure.Of(StatusCode.Unavailable, "cut");
            }

            MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _writing));
            var frame = Wire.RemoteMessage.Parser.ParseFrom(message.Span);
            if ((frame.Heartbeat?.Number ?? frame.HeartbeatEcho?.Number) is > 0 and var number)
            {
                _frames.Record(number);
            }

            _frames.Record(frame.MessageTypeCase.ToString());
            await _release.Task.WaitAsync(TestTime.Ceiling, cancellationToken);
            Interlocked.Decrement(ref _writing);
        }

        public ValueTask CompleteAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public void Abort() => _isOver = true;

        public void Dispose()
        {
            ReleaseAll();
            _frames.Dispose();
        }
    }
}
