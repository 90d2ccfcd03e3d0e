using System.Threading.Tasks.Sources;
using Google.Protobuf.WellKnownTypes;
using Proto;

namespace Remote.Tests;

/// <summary>A write that has to wait costs no garbage: on a stream that was dialled, nearly every one does.</summary>
[Trait("Behaviour", "P-05")]
public sealed class WriterAllocationTests : DisposedAfterTest
{
    private const int Messages = 1_000;

    private readonly ActorSystem _system = new();

    public override ValueTask DisposeAsync() => _system.DisposeAsync();

    [Fact]
    public void Run_EveryWriteWaits_AllocatesNothing()
    {
        var mailbox = MailboxKit.Mailbox(new EndpointOptions());
        var stream = new LateStream();
        var delivery = new RemoteDelivery(new PID("peer:1", "target"), new Empty());
        var writer = Writer(mailbox, stream);
        var taken = 0;
        Send(Messages);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Send(Messages);

        // Less than a byte for each: what is left comes from pools that grow now and then.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Messages);
        Assert.Equal((2 * Messages, 2 * Messages), (taken, stream.Written));

        void Send(int count)
        {
            for (var i = 0; i < count; i++)
            {
                // No assertion in here: they allocate.
                taken += mailbox.Post(delivery, out _, out _) == PostResult.AcceptedTakeRole ? 1 : 0;
                writer.Run();
                stream.EndWrite();
            }
        }
    }

    private EndpointWriter Writer(EndpointWriterMailbox mailbox, IGrpcStream stream)
    {
        mailbox.TryClaim();
        var encoder = new BatchEncoder(NodeKit.SettingsOf(_system).Serializers, new EncodeLimits());
        var translation = OutboundTranslation.FromServer("me:1", "peer:1", pidTargets: false);
        var unsent = new UnsentMessages(NodeKit.PartsOf(_system).Context, "peer:1");
        var writer = new EndpointWriter(mailbox, mailbox.BeginStream(100), encoder, translation, new FrameWriter(stream), unsent, new HastyTime());
        writer.Run();
        return writer;
    }

    /// <summary>A write ends when the test says so, on the thread of the test.</summary>
    private sealed class LateStream : IGrpcStream, IValueTaskSource
    {
        private ManualResetValueTaskSourceCore<bool> _write;

        public int Written { get; private set; }

        public FrameReader Reader => throw new NotSupportedException("Only written to.");

        public void EndWrite()
        {
            Written++;
            _write.SetResult(true);
        }

        public ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
        {
            _write.Reset();
            return new ValueTask(this, _write.Version);
        }

        public ValueTask CompleteAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public void Abort()
        {
        }

        void IValueTaskSource.GetResult(short token) => _write.GetResult(token);

        ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _write.GetStatus(token);

        void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _write.OnCompleted(continuation, state, token, flags);
    }
}
