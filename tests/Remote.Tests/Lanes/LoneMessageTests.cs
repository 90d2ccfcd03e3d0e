using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Tests.Links.Model;

namespace Remote.Tests;

/// <summary>What a message costs that nothing stands in front of, and what it must not cost: nothing may be lost between role, lanes and ledger.</summary>
public sealed class LoneMessageTests : DisposedAfterTest
{
    private static readonly PID Target = new("peer:1", "target");
    private static readonly OutboundTranslation Translation = OutboundTranslation.FromServer("me:1", "peer:1", pidTargets: false);

    private readonly ActorSystem _system = new();

    public override ValueTask DisposeAsync() => _system.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Behaviour", "B-02")]
    public void Post_NothingInFront_TakesTheLockOnce(bool linked)
    {
        const int Messages = 100;
        var mailbox = MailboxKit.Mailbox(new EndpointOptions());
        if (linked)
        {
            mailbox.Linked(new LinkCredit(1000, 1_000_000));
        }

        var stream = new CountingStream();
        var writer = Writer(mailbox, stream);
        var before = mailbox.Acquisitions;
        for (var i = 0; i < Messages / 2; i++)
        {
            Assert.Equal(PostResult.AcceptedTakeRole, mailbox.Post(Delivery(i), out _, out _));
            writer.Run();
        }

        Assert.Equal(Messages / 2, mailbox.Acquisitions - before);
        Assert.Equal(Messages / 2, stream.Frames);

        // What was published last is booked by the snapshot.
        var statistics = mailbox.Snapshot(EndpointState.Connected);
        Assert.Equal((50L, 50L, 0, 50L), (statistics.Accepted, linked ? statistics.Retained : statistics.Written, statistics.QueueLength, statistics.Batches));
    }

    /// <summary>The acknowledgement frees the memory of a batch although no writer comes to look after it.</summary>
    [Fact]
    [Trait("Behaviour", "R-05")]
    public void Acknowledge_LoneMessage_IsSettledWithoutAnotherOne()
    {
        var arrays = new CountingPool();
        var mailbox = MailboxKit.Mailbox(new EndpointOptions()).Linked(new LinkCredit(1000, 1_000_000));
        var writer = Writer(mailbox, new CountingStream(), arrays);
        mailbox.Post(Delivery(1), out _, out _);
        writer.Run();
        Assert.Equal(1, arrays.Rented);

        Assert.True(mailbox.Acknowledge(new LinkAck(1, new LinkCredit(1000, 1_000_000)), out var takeRole));

        Assert.False(takeRole);
        Assert.Equal(0, arrays.Rented);
        var statistics = mailbox.Snapshot(EndpointState.Connected);
        Assert.Equal((1L, 0L), (statistics.Acknowledged, statistics.Retained));
        Assert.True(mailbox.WhenAcknowledgedAsync().IsCompletedSuccessfully);
    }

    /// <summary>An acknowledgement that overtakes the end of the write leaves the memory to the writer, which comes back for it.</summary>
    [Fact]
    [Trait("Behaviour", "R-05")]
    public async Task Acknowledge_DuringTheWrite_TheWriterFreesTheMemory()
    {
        var arrays = new CountingPool();
        var mailbox = MailboxKit.Mailbox(new EndpointOptions()).Linked(new LinkCredit(1000, 1_000_000));
        var stream = new CountingStream { Pause = new TaskCompletionSource() };
        var writer = Writer(mailbox, stream, arrays);
        mailbox.Post(Delivery(1), out _, out _);
        writer.Run();

        mailbox.Acknowledge(new LinkAck(1, new LinkCredit(1000, 1_000_000)), out _);
        Assert.Equal(1, arrays.Rented);

        stream.Pause.SetResult();
        await arrays.AllReturned.Within("the memory comes back");
    }

    /// <summary>A message that raises the level by itself lowers it again when it is written: its sender goes back to the lanes.</summary>
    [Fact]
    [Trait("Behaviour", "B-03")]
    public async Task Post_LaneOfOne_LevelComesBackToNormal()
    {
        List<LevelChange> changes = [];
        var isNormal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mailbox = MailboxKit.Mailbox(new EndpointOptions { QueueCapacity = 1 }, levelChanged: change =>
        {
            changes.Add(change);
            if (change.Level == BackpressureLevel.Normal)
            {
                isNormal.SetResult();
            }
        });
        var writer = Writer(mailbox, new CountingStream());

        mailbox.Post(Delivery(1), out _, out _);
        writer.Run();

        // Nobody takes the lock from here on but the writer.
        await isNormal.Task.Within("the writer's second look");
        Assert.Equal([BackpressureLevel.Critical, BackpressureLevel.Normal], changes.Select(change => change.Level));
    }

    /// <summary>
    /// Who comes with others comes with others again: after a batch of several the first message is left to the pool, where the rest join it, until
    /// one has come alone.
    /// </summary>
    [Fact]
    [Trait("Behaviour", "B-02")]
    public void Post_AfterABatchOfSeveral_IsWrittenOnThePool()
    {
        var mailbox = MailboxKit.Mailbox(new EndpointOptions());
        var stream = new CountingStream { Pause = new TaskCompletionSource() };
        var writer = Writer(mailbox, stream);
        var sender = new Thread(() =>
        {
            // The first is written by its sender, and held up while two more come.
            Send(1, expected: 1);
            mailbox.Post(Delivery(2), out _, out _);
            mailbox.Post(Delivery(3), out _, out _);
            stream.Pause.SetResult();
            Until(3);

            Send(4, expected: 4);
            Send(5, expected: 5);
        });

        sender.Start();

        Assert.True(sender.Join(TestTime.Ceiling), "the messages are written");
        Assert.Equal([false, true, true, false], stream.OnPool);
        Assert.Equal([1, 2, 3, 4, 5], stream.Numbers);

        void Send(int number, int expected)
        {
            Assert.Equal(PostResult.AcceptedTakeRole, mailbox.Post(Delivery(number), out _, out _));
            writer.Run();
            if (number > 1)
            {
                Until(expected);
            }
        }

        void Until(int messages)
        {
            SpinWait.SpinUntil(() => stream.Numbers.Length == messages, TestTime.Ceiling);
            SpinWait.SpinUntil(mailbox.TryClaim, TestTime.Ceiling);
            mailbox.TryRelease();
        }
    }

    /// <summary>After a batch of several, a writer that finds fewer lets others run first, and in the end writes what there is.</summary>
    [Fact]
    [Trait("Behaviour", "B-02")]
    public void Execute_FewerThanTheLastTime_LetsOthersRunFirst()
    {
        var mailbox = MailboxKit.Mailbox(new EndpointOptions());
        var stream = new CountingStream { Pause = new TaskCompletionSource() };
        var writer = Writer(mailbox, stream);
        var sender = new Thread(() =>
        {
            mailbox.Post(Delivery(1), out _, out _);
            writer.Run();
            mailbox.Post(Delivery(2), out _, out _);
            mailbox.Post(Delivery(3), out _, out _);
            stream.Pause.SetResult();
            Until(3);

            // Its turn on the pool, taken by this thread: it leaves the message to a later turn.
            mailbox.Post(Delivery(4), out _, out _);
            ((IThreadPoolWorkItem)writer).Execute();
            Until(4);

            // The last batch was not larger than what there is: nobody is waited for.
            mailbox.Post(Delivery(5), out _, out _);
            ((IThreadPoolWorkItem)writer).Execute();
        });

        sender.Start();

        Assert.True(sender.Join(TestTime.Ceiling), "the messages are written");
        Assert.Equal([false, true, true, false], stream.OnPool);
        Assert.Equal([1, 2, 3, 4, 5], stream.Numbers);

        void Until(int messages)
        {
            SpinWait.SpinUntil(() => stream.Numbers.Length == messages, TestTime.Ceiling);
            SpinWait.SpinUntil(mailbox.TryClaim, TestTime.Ceiling);
            mailbox.TryRelease();
        }
    }

    /// <summary>
    /// Senders, waiting senders, acknowledgements and detaches at once: every snapshot adds up, every message is written once and in its order.
    /// </summary>
    [Theory]
    [InlineData(1_000_000)]
    [InlineData(3)]
    [Trait("Behaviour", "B-06")]
    public async Task Everything_AtOnce_EverySnapshotAddsUp(int capacity)
    {
        const int Senders = 3;
        var perSender = TestScale.Count(20_000);
        var mailbox = MailboxKit.Mailbox(new EndpointOptions { QueueCapacity = capacity, MaxWaiters = Senders }).Linked(new LinkCredit(10, 10_000));
        var stream = new CountingStream();
        EndpointWriter writer = null!;
        stream.Written = acknowledged => Task.Run(() => Acknowledge(acknowledged));
        writer = Writer(mailbox, stream);
        using var over = new CancellationTokenSource();
        var watcher = Task.Run(() =>
        {
            while (!over.IsCancellationRequested)
            {
                Check(mailbox.Snapshot(EndpointState.Connected));
            }
        });

        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(() => SendAsync(sender)))).Within("the senders");
        await mailbox.BeginDrain(DeadLetterReason.Shutdown).Within("the drain");
        await stream.UntilAsync(Senders * perSender).Within("the last message");
        await mailbox.WhenAcknowledgedAsync().Within("the last acknowledgement");
        await over.CancelAsync();
        await watcher;

        Assert.All(stream.Numbers.GroupBy(number => number % Senders), sender => Assert.Equal(sender.Order(), sender));
        var end = mailbox.Snapshot(EndpointState.Connected);
        Check(end);
        Assert.Equal((Senders * perSender, 0L, 0, 0), ((int)end.Acknowledged, end.Retained, end.QueueLength, end.Waiters));

        async Task SendAsync(int sender)
        {
            for (var i = 0; i < perSender; i++)
            {
                switch (mailbox.PostOrWait(Delivery((i * Senders) + sender), out _, out var waiter))
                {
                    case PostResult.AcceptedTakeRole:
                        writer.Run();
                        break;
                    case PostResult.Full:
                        await waiter!.Task;
                        break;
                }
            }
        }

        void Acknowledge(ulong sequence)
        {
            // Enough credit for ten more messages, wherever the sender stands.
            var sent = stream.MessagesUpTo(sequence);
            mailbox.Acknowledge(new LinkAck(sequence, new LinkCredit(sent + 10, (sent + 10) * 1000)), out var takeRole);
            if (takeRole)
            {
                writer.RunOnPool();
            }
        }
    }

    private static void Check(EndpointStatistics now)
    {
        Assert.Equal(now.Offered, now.Accepted + now.Refused.Values.Sum());
        Assert.Equal(now.Accepted, now.Acknowledged + now.Written + now.Moved + now.Retained + now.QueueLength + now.DeadLetters.Values.Sum());
    }

    private static RemoteDelivery Delivery(int number) => new(Target, new Int32Value { Value = number });

    private EndpointWriter Writer(EndpointWriterMailbox mailbox, IGrpcStream stream, CountingPool? arrays = null)
    {
        mailbox.TryClaim();
        var encoder = new BatchEncoder(NodeKit.SettingsOf(_system).Serializers, new EncodeLimits(100, 65536, 65536), new BatchPool(arrays));

        // A clock on which an hour goes by between any two looks: every message is a lone one.
        var unsent = new UnsentMessages(NodeKit.PartsOf(_system).Context, "peer:1");
        var writer = new EndpointWriter(mailbox, mailbox.BeginStream(100), encoder, Translation, new FrameWriter(stream), unsent, new HastyTime());
        writer.Run();
        return writer;
    }

    /// <summary>Takes every frame at once.</summary>
    private sealed class CountingStream : IGrpcStream
    {
        private readonly Lock _gate = new();
        private readonly List<long> _messages = [0];
        private readonly List<int> _numbers = [];
        private readonly TaskCompletionSource _enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _awaited = int.MaxValue;

        public Action<ulong>? Written { get; set; }

        /// <summary>Holds up every write, which began when its frame was counted.</summary>
        public TaskCompletionSource? Pause { get; init; }

        public int Frames { get; private set; }

        /// <summary>Of each frame, whether a thread of the pool wrote it.</summary>
        public List<bool> OnPool { get; } = [];

        public int[] Numbers
        {
            get
            {
                lock (_gate)
                {
                    return [.. _numbers];
                }
            }
        }

        public FrameReader Reader => throw new NotSupportedException("Only written to.");

        public long MessagesUpTo(ulong sequence)
        {
            lock (_gate)
            {
                return _messages[(int)sequence];
            }
        }

        public Task UntilAsync(int messages)
        {
            lock (_gate)
            {
                _awaited = messages;
                Check();
            }

            return _enough.Task;
        }

        public ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
        {
            var batch = Protocol.RemoteMessage.Parser.ParseFrom(message.Span).MessageBatch;
            lock (_gate)
            {
                Frames++;
                OnPool.Add(Thread.CurrentThread.IsThreadPoolThread);
                _numbers.AddRange(batch.Envelopes.Select(envelope => Int32Value.Parser.ParseFrom(envelope.MessageData).Value));
                if (batch.Sequence != 0)
                {
                    Assert.Equal((ulong)_messages.Count, batch.Sequence);
                    _messages.Add(_messages[^1] + batch.Envelopes.Count);
                }

                Check();
            }

            Written?.Invoke(batch.Sequence);
            return Pause is null ? ValueTask.CompletedTask : new ValueTask(Pause.Task);
        }

        public ValueTask CompleteAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public void Abort()
        {
        }

        private void Check()
        {
            if (_numbers.Count >= _awaited)
            {
                _enough.TrySetResult();
            }
        }
    }
}
