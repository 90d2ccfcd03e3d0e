using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using FsCheck;
using FsCheck.Fluent;

namespace Remote.Transport.Tests;

public sealed class GrpcFrameReaderTests
{
    [Fact]
    public void ReadAsync_AnyMessagesInAnyPieces_ReturnsThemInOrder()
    {
        Prop.ForAll<byte[][], byte[]>((messages, cuts) =>
        {
            byte[][] read = ReadAllAsync(messages, cuts).WaitAsync(Bounded.Ceiling).GetAwaiter().GetResult();
            return messages.Length == read.Length && messages.Zip(read).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));
        }).Check(SeededConfig.Times(100));
    }

    [Fact]
    [Trait("Behaviour", "T-03")]
    public async Task ReadAsync_PrefixOfATooLargeMessage_FailsBeforeAnyOfItArrived()
    {
        var (pipe, reader, source) = Create(limit: 100);
        await pipe.Writer.WriteAsync(Frames.Frame(new byte[101])[..GrpcFrameWriter.PrefixLength]);

        GrpcException exception = await Frames.FailsAsync(() => reader.ReadAsync().Within("the refusal"), GrpcStatusCode.ResourceExhausted);

        Assert.Contains("101", exception.Status.Detail);
        Assert.Contains("100", exception.Status.Detail);
        Assert.Same(exception, source.Failure);
    }

    [Fact]
    [Trait("Behaviour", "T-03")]
    public async Task ReadAsync_LengthOfFourGigabytes_FailsInsteadOfOverflowing()
    {
        var (pipe, reader, _) = Create(limit: int.MaxValue);
        await pipe.Writer.WriteAsync(new byte[] { 0, 0xFF, 0xFF, 0xFF, 0xFF });

        await Frames.FailsAsync(() => reader.ReadAsync().Within("the refusal"), GrpcStatusCode.ResourceExhausted);
    }

    [Fact]
    public async Task ReadAsync_MessageOfExactlyTheLimit_IsReturned()
    {
        var (pipe, reader, _) = Create(limit: 100);
        await pipe.Writer.WriteAsync(Frames.Frame(new byte[100]));

        Assert.True(await reader.ReadAsync().Within("the message"));
        Assert.Equal(100, reader.Message.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(14)]
    public async Task ReadAsync_StreamEndsInsideAFrame_FailsUnlessNothingCame(int bytes)
    {
        var (pipe, reader, _) = Create();
        await pipe.Writer.WriteAsync(Frames.Frame(new byte[10]).AsMemory(0, bytes));
        await pipe.Writer.CompleteAsync();

        if (bytes == 0)
        {
            Assert.False(await reader.ReadAsync().Within("the end"));
            return;
        }

        await Frames.FailsAsync(() => reader.ReadAsync().Within("the refusal"), GrpcStatusCode.Internal);
        await Frames.FailsAsync(() => reader.ReadAsync().Within("the same refusal again"), GrpcStatusCode.Internal);
    }

    [Fact]
    public async Task ReadAsync_UnknownFlag_FailsAsInternal()
    {
        var (pipe, reader, _) = Create();
        await pipe.Writer.WriteAsync(new byte[] { 2, 0, 0, 0, 0 });

        await Frames.FailsAsync(() => reader.ReadAsync().Within("the refusal"), GrpcStatusCode.Internal);
    }

    [Fact]
    public async Task TryRead_SeveralMessagesInOneBuffer_ReturnsAllWithoutWaiting()
    {
        var (pipe, reader, _) = Create();
        await pipe.Writer.WriteAsync(new[] { Frames.Frame("one"), Frames.Frame("two"), Frames.Frame("three") }.SelectMany(f => f).ToArray());

        Assert.False(reader.TryRead());
        Assert.True(await reader.ReadAsync().Within("the first message"));
        Assert.Equal("one", reader.Text());
        Assert.True(reader.TryRead());
        Assert.Equal("two", reader.Text());
        Assert.True(reader.TryRead());
        Assert.Equal("three", reader.Text());
        Assert.False(reader.TryRead());
    }

    [Fact]
    public async Task BytesReceived_CountsEveryByteOnce()
    {
        var (pipe, reader, _) = Create();
        byte[] frames = [.. Frames.Frame("one"), .. Frames.Frame("three"), .. Frames.Frame(new byte[10])];
        await pipe.Writer.WriteAsync(frames.AsMemory(0, 20));
        Assert.Equal(0, reader.BytesReceived);
        Assert.True(await reader.ReadAsync().Within("the first message"));
        Assert.Equal(20, reader.BytesReceived);
        Assert.True(await reader.ReadAsync().Within("the second message"));
        Assert.Equal(20, reader.BytesReceived);

        Task<bool> third = reader.ReadAsync().AsTask();
        await pipe.Writer.WriteAsync(frames.AsMemory(20));
        Assert.True(await third.Within("the third message"));
        Assert.Equal(frames.Length, reader.BytesReceived);
    }

    [Fact]
    public async Task ReadAsync_Cancelled_LosesNothing()
    {
        var (pipe, reader, _) = Create();
        using var cancellation = new CancellationTokenSource();
        await pipe.Writer.WriteAsync(Frames.Frame("message").AsMemory(0, 7));
        Task<bool> waiting = reader.ReadAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Within("the cancellation"));

        await pipe.Writer.WriteAsync(Frames.Frame("message").AsMemory(7));
        Assert.True(await reader.ReadAsync().Within("the message"));
        Assert.Equal("message", reader.Text());
    }

    [Fact]
    [Trait("Behaviour", "T-03")]
    public async Task ReadAsync_GzipMessages_AreInflated()
    {
        var (pipe, reader, _) = Create(encoding: "gzip");
        byte[] large = new byte[50_000];
        new Random(1).NextBytes(large);
        foreach (byte[] message in new[] { large, [], [1, 2, 3] })
        {
            await pipe.Writer.WriteAsync(Frames.Frame(Gzip(message), compressed: true));
            Assert.True(await reader.ReadAsync().Within("the message"));
            Assert.Equal(message, reader.Message.ToArray());
        }
    }

    [Theory]
    [InlineData(1000, true)]
    [InlineData(1001, false)]
    [InlineData(100_000_000, false)]
    [Trait("Behaviour", "T-03")]
    public async Task ReadAsync_GzipMessage_IsInflatedOnlyUpToTheLimit(int size, bool fits)
    {
        var (pipe, reader, _) = Create(limit: 1000, encoding: "gzip");
        byte[] bomb = Gzip(new byte[size]);
        Task written = pipe.Writer.WriteAsync(Frames.Frame(bomb.AsSpan(0, Math.Min(bomb.Length, 1000)), compressed: true)).AsTask();

        long before = GC.GetAllocatedBytesForCurrentThread();
        if (fits)
        {
            Assert.True(await reader.ReadAsync().Within("the message"));
            Assert.Equal(size, reader.Message.Length);
        }
        else
        {
            await Frames.FailsAsync(() => reader.ReadAsync().Within("the refusal"), GrpcStatusCode.ResourceExhausted);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        }

        await written.Within("the write");
    }

    [Theory]
    [InlineData("snappy", GrpcStatusCode.Unimplemented)]
    [InlineData("identity", GrpcStatusCode.Internal)]
    [InlineData(null, GrpcStatusCode.Internal)]
    [InlineData("gzip", GrpcStatusCode.Internal)]
    [Trait("Behaviour", "T-03")]
    public async Task ReadAsync_CompressedMessageThatCannotBeRead_Fails(string? encoding, GrpcStatusCode expected)
    {
        var (pipe, reader, _) = Create(encoding: encoding);
        await pipe.Writer.WriteAsync(Frames.Frame([1, 2, 3, 4], compressed: true));

        await Frames.FailsAsync(() => reader.ReadAsync().Within("the refusal"), expected);
    }

    private static async Task<byte[][]> ReadAllAsync(byte[][] messages, byte[] cuts)
    {
        var (pipe, reader, _) = Create();
        byte[] bytes = messages.SelectMany(m => Frames.Frame(m)).ToArray();
        Task writing = WriteInPiecesAsync(pipe.Writer, bytes, cuts);
        var read = new List<byte[]>();
        while (await reader.ReadAsync())
        {
            read.Add(reader.Message.ToArray());
        }

        await writing;
        return [.. read];
    }

    private static async Task WriteInPiecesAsync(PipeWriter writer, byte[] bytes, byte[] cuts)
    {
        int at = 0;
        foreach (byte cut in cuts)
        {
            int length = Math.Min(cut % 16, bytes.Length - at);
            await writer.WriteAsync(bytes.AsMemory(at, length));
            await Task.Yield();
            at += length;
        }

        await writer.WriteAsync(bytes.AsMemory(at));
        await writer.CompleteAsync();
    }

    private static byte[] Gzip(byte[] message)
    {
        var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest))
        {
            gzip.Write(message);
        }

        return target.ToArray();
    }

    private static (Pipe Pipe, GrpcFrameReader Reader, TestSource Source) Create(int limit = 1_000_000, string? encoding = null)
    {
        var pipe = new Pipe();
        var source = new TestSource(pipe.Reader, encoding);
        return (pipe, new GrpcFrameReader(source, limit), source);
    }

    private sealed class TestSource(PipeReader pipe, string? encoding) : GrpcFrameSource
    {
        public GrpcException? Failure { get; private set; }

        public override string? Encoding => encoding;

        public override bool OwnsPipe => true;

        public override ValueTask<PipeReader> OpenAsync(CancellationToken cancellationToken) => new(pipe);

        public override void OnEnd()
        {
        }

        public override GrpcException OnFailure(Exception exception) =>
            Failure = exception as GrpcException ?? new GrpcException(GrpcStatusCode.Unknown, exception.Message, exception);
    }
}
