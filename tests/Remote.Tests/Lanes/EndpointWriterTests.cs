using System.Collections.Concurrent;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Proto;
using Wire = Remote.Protocol;

namespace Remote.Tests;

public sealed class EndpointWriterTests : DisposedAfterTest
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);
    private static readonly PID Target = new("peer:1", "target");
    private static readonly OutboundTranslation Translation = OutboundTranslation.FromServer("me:1", "peer:1", pidTargets: false);
    private readonly EndpointWriterMailbox _mailbox = MailboxKit.Mailbox(new EndpointOptions { QueueCapacity = 10_000 }, 1000);
    private readonly FakeStream _stream = new();
    private readonly ActorSystem _system = new();
    private readonly ConcurrentQueue<DeadLetterReason> _deadLetters = new();
    private readonly UnsentMessages _unsent;

    public EndpointWriterTests()
    {
        _system.EventStream.Subscribe<RemoteDeadLetterEvent>(letter => _deadLetters.Enqueue(letter.Reason));
        _unsent = new UnsentMessages(NodeKit.PartsOf(_system).Context, "peer:1");
    }

    public override ValueTask DisposeAsync() => _system.DisposeAsync();

    [Fact]
    public void Run_LoneMessage_IsWrittenOnTheSendersThread()
    {
        var writer = Writer();
        Post(1);

        writer.Run();

        Assert.Equal([1], Assert.Single(_stream.Batches));
        Assert.Equal(Environment.CurrentManagedThreadId, Assert.Single(_stream.Threads));
    }

    [Fact]
    [Trait("Behaviour", "E-03")]
    public async Task Run_WriteUnderWay_CollectsTheRestIntoOneBatch()
    {
        var writer = Writer(batchSize: 100);
        var gate = _stream.BlockWrites();
        Post(1);
        writer.Run();
        for (var i = 2; i <= 50; i++)
        {
            Assert.Equal(PostResult.Accepted, _mailbox.Post(new RemoteDelivery(Target, new Int32Value { Value = i }), out _, out _));
        }

        gate.SetResult();

        var batches = await _stream.WaitForAsync(messages: 50);
        Assert.Equal(2, batches.Count);
        Assert.Equal(Enumerable.Range(1, 50), batches.SelectMany(batch => batch));
    }

    [Fact]
    [Trait("Behaviour", "E-03")]
    public async Task Run_MoreThanABatch_KeepsOrderAcrossBatches()
    {
        var writer = Writer(batchSize: 7);
        for (var i = 1; i <= 100; i++)
        {
            _mailbox.Post(new RemoteDelivery(Target, new Int32Value { Value = i }), out _, out _);
        }

        writer.Run();

        var batches = await _stream.WaitForAsync(messages: 100);
        Assert.All(batches, batch => Assert.InRange(batch.Length, 1, 7));
        Assert.Equal(Enumerable.Range(1, 100), batches.SelectMany(batch => batch));
    }

    [Fact]
    public async Task Run_StreamBreaks_GivesBackWhatWasNotEncoded()
    {
        var writer = Writer(batchSize: 10);
        Assert.True(_mailbox.TryClaim());
        for (var i = 1; i <= 25; i++)
        {
            _mailbox.Post(new RemoteDelivery(Target, new Int32Value { Value = i }), out _, out _);
        }

        _stream.FailAfter(batches: 1);
        writer.Run();

        Assert.NotNull(await writer.Stopped.WaitAsync(Ceiling));
        writer.End(byVerdict: false);
        Assert.Equal(5, _mailbox.Snapshot(EndpointState.Connected).QueueLength);
        Assert.Equal(20, _mailbox.Snapshot(EndpointState.Connected).Written);
        Assert.Equal(20, _mailbox.BreakStream());
    }

    [Fact]
    public async Task Detach_WhileWriting_HandsTheRoleOver()
    {
        var writer = Writer();
        var gate = _stream.BlockWrites();
        Post(1);
        writer.Run();

        Assert.False(_mailbox.BeginDetach());
        gate.SetResult();

        Assert.Null(await writer.Stopped.WaitAsync(Ceiling));
        writer.End(byVerdict: false);
        Assert.Equal(0, _mailbox.Snapshot(EndpointState.Connected).QueueLength);
        Assert.Equal(PostResult.Accepted, _mailbox.Post(new RemoteDelivery(Target, new Int32Value { Value = 2 }), out _, out _));
    }

    [Fact]
    [Trait("Behaviour", "E-06")]
    public async Task Run_MessageThatCannotBeEncoded_CostsOnlyItself()
    {
        var writer = Writer();
        _mailbox.Post(new RemoteDelivery(Target, new Int32Value { Value = 1 }), out _, out _);
        _mailbox.Post(new RemoteDelivery(Target, new FaultPeer.Unserializable(1)), out _, out _);
        _mailbox.Post(new RemoteDelivery(Target, new StringValue { Value = new string('x', 2_000_000) }), out _, out _);
        _mailbox.Post(new RemoteDelivery(Target, new Int32Value { Value = 2 }), out _, out _);

        writer.Run();

        var batches = await _stream.WaitForAsync(messages: 2);
        Assert.Equal([1, 2], batches.SelectMany(batch => batch));
        SpinWait.SpinUntil(() => _deadLetters.Count == 2, Ceiling);
        Assert.Equal([DeadLetterReason.NotSerializable, DeadLetterReason.TooLarge], _deadLetters);
        await _mailbox.BeginDrain(DeadLetterReason.Shutdown).Within("the end of the drain, which settles what was written");
        Assert.Equal(0, _mailbox.Snapshot(EndpointState.Connected).QueueLength);
    }

    [Fact]
    [Trait("Behaviour", "B-02")]
    public async Task Run_ControlPostedDuringAWrite_GoesBeforeWaitingUserMessages()
    {
        var writer = Writer(batchSize: 1);
        var gate = _stream.BlockWrites();
        Post(1);
        writer.Run();
        _mailbox.Post(new RemoteDelivery(Target, new Int32Value { Value = 2 }), out _, out _);
        _mailbox.Post(new RemoteDelivery(Target, new Int32Value { Value = 3 }), out _, out _);
        _mailbox.PostControl(new RemoteDelivery(Target, Stop.Instance), out _);
        gate.SetResult();

        await _stream.WaitForAsync(messages: 4);

        Assert.Equal(FakeStream.StopMark, _stream.Batches[1][0]);
    }

    [Fact]
    [Trait("Behaviour", "B-04")]
    public async Task Run_LinkWithCreditForOneMessage_WaitsForMore()
    {
        _mailbox.Linked(new LinkCredit(1000, SizeOf(1)));
        var writer = Writer();
        _mailbox.Post(new RemoteDelivery(Target, new Int32Value { Value = 1 }), out _, out _);
        writer.Run();
        Assert.Equal([1], Assert.Single(_stream.Batches));

        // The role is free, but nobody is told to write.
        Assert.Equal(PostResult.Accepted, _mailbox.Post(new RemoteDelivery(Target, new Int32Value { Value = 2 }), out _, out _));
        _mailbox.Acknowledge(new LinkAck(1, new LinkCredit(1000, 2 * SizeOf(1))), out var takeRole);
        Assert.True(takeRole);
        writer.RunOnPool();
        Assert.Equal([[1], [2]], await _stream.WaitForAsync(messages: 2));
    }

    [Fact]
    [Trait("Behaviour", "B-02")]
    public async Task Run_ControlThatDoesNotFitIntoTheBatch_KeepsUserMessagesBehindIt()
    {
        var writer = Writer(batchBytes: 200);
        _mailbox.PostControl(new RemoteDelivery(Target, Stop.Instance), out _);
        _mailbox.PostControl(new RemoteDelivery(new PID("peer:1", new string('x', 300)), Stop.Instance), out _);

        // There would be room for it beside the first.
        _mailbox.Post(new RemoteDelivery(Target, new Int32Value { Value = 1 }), out _, out _);

        writer.Run();

        var batches = await _stream.WaitForAsync(messages: 3);
        Assert.Equal([[FakeStream.StopMark], [FakeStream.StopMark], [1]], batches);
    }

    /// <summary>A thousand watches and a request behind them: whoever is asked has had all of them.</summary>
    [Fact]
    [Trait("Behaviour", "B-02")]
    public async Task Run_MoreControlThanIsTakenAtATime_KeepsUserMessagesBehindIt()
    {
        const int Control = 1000;
        var writer = Writer();
        for (var i = 0; i < Control; i++)
        {
            _mailbox.PostControl(new RemoteDelivery(Target, Stop.Instance), out _);
        }

        _mailbox.Post(new RemoteDelivery(Target, new Int32Value { Value = 1 }), out _, out _);

        writer.Run();

        var batches = await _stream.WaitForAsync(messages: Control + 1);
        Assert.Equal([.. Enumerable.Repeat(FakeStream.StopMark, Control), 1], batches.SelectMany(batch => batch));
    }

    private void Post(int number) =>
        Assert.Equal(PostResult.AcceptedTakeRole, _mailbox.Post(new RemoteDelivery(Target, new Int32Value { Value = number }), out _, out _));

    /// <summary>A writer that has found nothing to do.</summary>
    private EndpointWriter Writer(int batchSize = 1000, int batchBytes = 1024 * 1024)
    {
        _mailbox.TryClaim();
        var (hold, encoder) = (_mailbox.BeginStream(batchSize), Encoder(batchSize, batchBytes));
        var writer = new EndpointWriter(_mailbox, hold, encoder, Translation, new FrameWriter(_stream), _unsent, TimeProvider.System);
        writer.Run();
        return writer;
    }

    private BatchEncoder Encoder(int batchSize, int batchBytes = 1024 * 1024) =>
        new(NodeKit.SettingsOf(_system).Serializers, new EncodeLimits(batchSize, batchBytes, 1024 * 1024));

    private int SizeOf(int number)
    {
        using var encoder = Encoder(1);
        encoder.Begin(Translation);
        return encoder.TryAdd(new RemoteDelivery(Target, new Int32Value { Value = number })).Size;
    }

    /// <summary>Decodes what is written with the generated classes, so that the encoder does not check itself.</summary>
    private sealed class FakeStream : IGrpcStream
    {
        public const int StopMark = -1;

        private readonly Lock _gate = new();
        private readonly TaskCompletionSource _enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TaskCompletionSource? _block;
        private int _failAfter = int.MaxValue;
        private int _awaited = int.MaxValue;

        public List<int[]> Batches { get; } = [];

        public List<int> Threads { get; } = [];

        public FrameReader Reader => throw new NotSupportedException("Only written to.");

        public TaskCompletionSource BlockWrites() => _block = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void FailAfter(int batches) => _failAfter = batches;

        public async ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
        {
            Record(message);
            if (_block is { } block)
            {
                await block.Task.WaitAsync(Ceiling, cancellationToken);
            }
        }

        public async Task<List<int[]>> WaitForAsync(int messages)
        {
            lock (_gate)
            {
                _awaited = messages;
                Check();
            }

            await _enough.Task.WaitAsync(Ceiling);
            return Batches;
        }

        public ValueTask CompleteAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public void Abort()
        {
        }

        private void Record(ReadOnlyMemory<byte> message)
        {
            lock (_gate)
            {
                if (Batches.Count == _failAfter)
                {
                    throw CallFailure.Of(StatusCode.Unavailable, "cut");
                }

                var batch = Wire.RemoteMessage.Parser.ParseFrom(message.Span).MessageBatch;
                Threads.Add(Environment.CurrentManagedThreadId);
                Batches.Add([.. batch.Envelopes.Select(envelope =>
                    batch.TypeNames[envelope.TypeId] == "actor.Stop" ? StopMark : Int32Value.Parser.ParseFrom(envelope.MessageData).Value)]);
                Check();
            }
        }

        private void Check()
        {
            if (Batches.Sum(batch => batch.Length) >= _awaited)
            {
                _enough.TrySetResult();
            }
        }
    }
}
