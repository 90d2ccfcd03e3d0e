using System.Threading.Channels;
using Grpc.Core;

namespace Remote.Tests;

/// <summary>The reader over what gRPC hands out; gRPC itself is not in it.</summary>
public sealed class FrameReaderTests
{
    private readonly ScriptedFrames _frames = new();
    private readonly ReceivedBytes _bytes = new();

    private FrameReader Reader => field ??= new FrameReader(_frames, _bytes, static exception => CallFailure.Of(StatusCode.DataLoss, exception.Message, exception));

    [Fact]
    public async Task ReadAsync_GivenUp_IsTakenUpByTheNext()
    {
        using var cancellation = new CancellationTokenSource();
        var givenUp = Reader.ReadAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp.Within("the cancellation"));

        _frames.Add("late");

        Assert.True(await Reader.ReadAsync().AsTask().Within("the message"));
        Assert.Equal("late", Reader.Text());
        Assert.Equal(1, _frames.Moves);
    }

    [Fact]
    public async Task ReadAsync_AfterAFailure_FailsTheSameWayEachTime()
    {
        _frames.Fail(new IOException("broken"));

        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("broken", (await Assert.ThrowsAsync<RpcException>(() => Reader.ReadAsync().AsTask().Within("the failure"))).Status.Detail);
        }

        Assert.Equal(1, _frames.Moves);
    }

    [Fact]
    public async Task ReadAsync_AtTheEnd_StaysThere()
    {
        _frames.End();

        Assert.False(await Reader.ReadAsync().AsTask().Within("the end"));
        Assert.False(await Reader.ReadAsync().AsTask().Within("the end again"));
        Assert.Equal(1, _frames.Moves);
    }

    [Fact]
    public async Task Message_IsThatOfTheLastRead_AndNoneAfterTheEnd()
    {
        _frames.Add("one");
        _frames.Add("two");
        _frames.End();

        Assert.True(await Reader.ReadAsync().AsTask().Within("the first message"));
        Assert.Equal("one", Reader.Text());
        Assert.True(await Reader.ReadAsync().AsTask().Within("the second message"));
        Assert.Equal("two", Reader.Text());
        Assert.False(await Reader.ReadAsync().AsTask().Within("the end"));
        Assert.True(Reader.Message.IsEmpty);
    }

    [Fact]
    public void BytesReceived_IsWhatTheConnectionCounted()
    {
        _bytes.Add(3);
        _bytes.Add(4);

        Assert.Equal(7, Reader.BytesReceived);
    }

    private sealed class ScriptedFrames : IAsyncStreamReader<Frame>
    {
        private readonly Channel<byte[]> _messages = Channel.CreateUnbounded<byte[]>();

        public int Moves { get; private set; }

        public Frame Current { get; private set; } = null!;

        public void Add(string text) => _messages.Writer.TryWrite(LoopbackCalls.Bytes(text));

        public void End() => _messages.Writer.Complete();

        public void Fail(Exception exception) => _messages.Writer.Complete(exception);

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            Moves++;
            try
            {
                Current = Frame.Copy(new Context(await _messages.Reader.ReadAsync(cancellationToken)));
                return true;
            }
            catch (ChannelClosedException closed)
            {
                return closed.InnerException is { } cause ? throw cause : false;
            }
        }

        private sealed class Context(byte[] message) : DeserializationContext
        {
            public override int PayloadLength => message.Length;

            public override byte[] PayloadAsNewBuffer() => message;

            public override System.Buffers.ReadOnlySequence<byte> PayloadAsReadOnlySequence() => new(message);
        }
    }
}
