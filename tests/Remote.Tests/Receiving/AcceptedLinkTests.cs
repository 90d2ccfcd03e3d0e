using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Proto;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests.Links;

/// <summary>What an acceptor does with the handshakes and batches of a dialler that keeps to nothing. By the numbers of docs/protocol.md.</summary>
[Trait("Behaviour", "R-05")]
public sealed class AcceptedLinkTests : IAsyncLifetime
{
    private readonly InMemoryNetwork _network = new();
    private readonly LinkId _link = LinkId.Create();
    private readonly TaskCompletionSource _gate = new();
    private PlayedServer _peer = null!;
    private TestNode _node = null!;

    public async Task InitializeAsync()
    {
        _peer = new PlayedServer(_link);
        _node = await TestNode.StartAsync(
            options => (options.Inbound.MaxMessages, options.Inbound.MaxBytesPerNode) = (10, 8 * 1024),
            setup => setup.AddMessages(Messages.MessagesReflection.Descriptor),
            _network);
        _node.Spawn("sink");
        _node.Spawn("stuck", _ => _gate.Task);
    }

    public async Task DisposeAsync()
    {
        _gate.TrySetResult();
        await _peer.DisposeAsync();
        await _node.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Theory]
    [InlineData(false, Wire.LinkStatus.LinkNew)]
    [InlineData(true, Wire.LinkStatus.LinkUnknown)]
    public async Task UnknownLink_IsNewOrUnknown_ByWhatTheDiallerRemembers(bool established, Wire.LinkStatus status)
    {
        var answer = await _peer.ConnectAsync(_network, _node.Address, established: established);
        Assert.Equal((status, established ? 0ul : 1ul), (answer.LinkStatus, answer.NextExpected));
        if (established)
        {
            await _peer.ReadToEndAsync();
        }
    }

    [Fact]
    public async Task OtherIncarnationExpected_IsUnknownAndSaysWhoIsHere()
    {
        var answer = await _peer.ConnectAsync(_network, _node.Address, attempt: 7, established: true, expected: new string('a', 32));
        Assert.Equal((Wire.LinkStatus.LinkUnknown, _node.SystemId), (answer.LinkStatus, answer.MemberId));
    }

    [Fact]
    public async Task LaterAttempt_TakesTheLinkOver_AndAnEarlierOneIsRefused()
    {
        await _peer.ConnectAsync(_network, _node.Address);
        await _peer.SendAsync(1, "sink", new Int32Value { Value = 1 });
        await _peer.AcknowledgedAsync(1);

        var answer = await _peer.ConnectAsync(_network, _node.Address, attempt: 3, established: true);
        Assert.Equal((Wire.LinkStatus.LinkResumed, 2ul), (answer.LinkStatus, answer.NextExpected));
        await Assert.ThrowsAsync<RpcException>(() => _peer.Former!.ReadAsync());
        foreach (var attempt in new ulong[] { 2, 3 })
        {
            await using var late = new PlayedServer(_link);
            Assert.Equal(StatusCode.Aborted, await RefusedAsync(late, attempt, established: true));
        }

        await _peer.SendAsync(2, "sink", new Int32Value { Value = 2 });
        await _peer.AcknowledgedAsync(2);
        Assert.Equal([1, 2], Received());
    }

    /// <summary>The former stream is in the middle of a batch: what is expected next is true only when that is delivered.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task LaterAttempt_IsAnsweredWhenTheReaderOfTheFormerStreamIsAtItsEnd(bool endsInTime)
    {
        using var held = new HeldSerializer();
        await using var node = await TestNode.StartAsync(
            options => options.HandshakeTimeout = endsInTime ? TestTime.Ceiling : TimeSpan.FromMilliseconds(200),
            setup => setup.AddSerializer(HeldSerializer.Id, priority: 1, held),
            _network);
        node.Spawn("sink");
        await _peer.ConnectAsync(_network, node.Address);
        var batch = HeldSerializer.Batch("sink", "one", "two");
        batch.MessageBatch.Sequence = 1;
        await _peer.SendAsync(batch);
        await held.Entered.Within("the reader in the middle of the batch");

        await _peer.DialAsync(_network, node.Address, attempt: 2, established: true);
        await node.Log.NextAsync("LinkTakenOver");
        var answering = _peer.AnswerAsync();
        if (!endsInTime)
        {
            Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => answering)).Status.StatusCode);
            answering = null;
        }

        Assert.NotEqual(true, answering?.IsCompleted);
        held.Release();
        var answer = answering is null ? await _peer.ConnectAsync(_network, node.Address, attempt: 3, established: true) : await answering;
        Assert.Equal((Wire.LinkStatus.LinkResumed, 2ul), (answer.LinkStatus, answer.NextExpected));
        await node.Events.WaitForCountAsync<Receipt>(2);

        // A peer that does not leave would be waited for.
        await _peer.DisposeAsync();
    }

    [Fact]
    public async Task LinkOfAnotherSystem_IsRefused_AndSoIsASecondLinkWhileTheFirstHasAStream()
    {
        await _peer.ConnectAsync(_network, _node.Address);
        await using var thief = new PlayedServer(_link, systemId: new string('b', 32), address: "thief:1");
        Assert.Equal(StatusCode.PermissionDenied, await RefusedAsync(thief, attempt: 2, established: true));
        await using var second = new PlayedServer(LinkId.Create());
        Assert.Equal(StatusCode.AlreadyExists, await RefusedAsync(second));

        await _peer.SendAsync(1, "sink", new Int32Value { Value = 1 });
        await _peer.AcknowledgedAsync(1);
    }

    [Fact]
    public async Task Batch_SeenBefore_IsDroppedAndAcknowledgedAgain_AndOneTooFarEndsTheStream()
    {
        await _peer.ConnectAsync(_network, _node.Address);
        await _peer.SendAsync(1, "sink", new Int32Value { Value = 1 });
        await _peer.AcknowledgedAsync(1);
        await _peer.SendAsync(1, "sink", new Int32Value { Value = 1 });
        await _peer.AcknowledgedAsync(1);

        await _peer.SendAsync(3, "sink", new Int32Value { Value = 3 });
        Assert.Equal(StatusCode.InvalidArgument, await EndedAsync());
        Assert.Equal(2ul, (await _peer.ConnectAsync(_network, _node.Address, 2, established: true)).NextExpected);
        Assert.Equal([1], Received());
    }

    [Fact]
    [Trait("Behaviour", "Z-02")]
    public async Task Batch_WithEnvelopesThatCannotBeRead_IsAcknowledgedAndItsCreditComesBack()
    {
        await _peer.ConnectAsync(_network, _node.Address);
        var batch = new Wire.MessageBatch { Sequence = 1 };
        for (var i = 0; i < 10; i++)
        {
            batch.Envelopes.Add(new Wire.MessageEnvelope { TypeId = i, Target = -1 });
        }

        await _peer.SendAsync(new Wire.RemoteMessage { MessageBatch = batch });
        Assert.Equal(20ul, (await _peer.AcknowledgedAsync(1)).CreditMessages);
        Assert.Equal(10, (await _node.PublishedAsync<DeadLetterEvent>()).Count);
        await _peer.SendAsync(2, "sink", new Int32Value { Value = 2 });
        await _peer.AcknowledgedAsync(2);
    }

    [Fact]
    public async Task Batch_AMailboxThrows_TheRestIsDelivered()
    {
        _node.Log.Expect(nameof(RemoteLog.MailboxFailed));
        _node.Root.SpawnNamed(_node.Recorder("broken", null).WithMailbox(() => new BrokenMailbox()), "broken");
        await _peer.ConnectAsync(_network, _node.Address);
        var first = PlayedDialler.Batch("broken", new Int32Value { Value = 1 });
        first.MessageBatch.Sequence = 1;
        first.MessageBatch.Targets.Add(ByteString.CopyFromUtf8("sink"));
        first.MessageBatch.Envelopes.Add(new Wire.MessageEnvelope { Target = 1, MessageData = new Int32Value { Value = 2 }.ToByteString() });
        await _peer.SendAsync(first);

        await _peer.AcknowledgedAsync(1);
        var letter = await _node.Events.NextAsync<RemoteDeadLetterEvent>();
        Assert.Equal((DeadLetterReason.MailboxFull, new Int32Value { Value = 1 }), (letter.Reason, letter.Message));
        await _node.NextReceiptAsync("sink");
        Assert.Equal([2], Received());
        await _peer.SendAsync(2, "sink", [.. Enumerable.Range(3, 9).Select(number => new Int32Value { Value = number })]);
        await _peer.AcknowledgedAsync(2);
    }

    [Theory]
    [InlineData("actor.Watch")]
    [InlineData("actor.Stop")]
    public async Task Batch_AProcessThrowsAtASystemMessage_TheRestIsDelivered(string type)
    {
        _node.Log.Expect(nameof(RemoteLog.MailboxFailed));
        _node.ActorSystem.ProcessRegistry.TryAdd("broken", new BrokenProcess(_node.ActorSystem));
        await _peer.ConnectAsync(_network, _node.Address);
        var batch = PlayedDialler.Batch("sink", new Int32Value { Value = 1 });
        batch.MessageBatch.Sequence = 1;
        batch.MessageBatch.TypeNames.Add(type);
        batch.MessageBatch.Targets.Add(ByteString.CopyFromUtf8("broken"));
        var watch = new Wire.Watch { Watcher = new Wire.PID { Address = "played:1", Id = "watcher" } };
        batch.MessageBatch.Envelopes.Insert(0, new Wire.MessageEnvelope
        {
            TypeId = 1,
            Target = 1,
            MessageData = type == "actor.Watch" ? watch.ToByteString() : ByteString.Empty,
        });

        await _peer.SendAsync(batch);

        await _peer.AcknowledgedAsync(1);
        await _node.NextReceiptAsync("sink");
        Assert.Equal([1], Received());
        await _peer.SendAsync(2, "sink", new Int32Value { Value = 2 });
        await _peer.AcknowledgedAsync(2);
    }

    [Fact]
    [Trait("Behaviour", "B-04")]
    public async Task Sender_PassesItsCredit_IsCutOffUntilActorsHaveTakenWhatWasTooMuch()
    {
        Assert.Equal(10ul, (await _peer.ConnectAsync(_network, _node.Address)).Credit.Messages);
        await _peer.SendAsync(1, "stuck", [.. Enumerable.Range(0, 20).Select(number => new Int32Value { Value = number })]);
        Assert.Equal(StatusCode.ResourceExhausted, await EndedAsync());

        // The batch was accepted; nothing more is, not even on what is lent because one actor holds so much.
        Assert.Equal(2ul, (await _peer.ConnectAsync(_network, _node.Address, 2, established: true)).NextExpected);
        await _peer.SendAsync(2, "sink", new Int32Value { Value = 20 });
        Assert.Equal(StatusCode.ResourceExhausted, await EndedAsync());

        _gate.SetResult();
        await _node.Events.WaitForCountAsync<Receipt>(20);
        await _node.Root.PoisonAsync(_node.Pid("stuck")).Within("the end of the actor");
        Assert.Equal((2ul, 30ul), Said(await _peer.ConnectAsync(_network, _node.Address, 3, established: true)));
        await _peer.SendAsync(2, "sink", new Int32Value { Value = 20 });
        await _peer.AcknowledgedAsync(2);
        Assert.Equal(Enumerable.Range(0, 21), Received());
    }

    /// <summary>A sender that says of everything that it is a priority message gets nothing by it but the small window of those.</summary>
    [Fact]
    [Trait("Behaviour", "K-03")]
    [Trait("Behaviour", "B-04")]
    public async Task Sender_PassesItsPriorityCredit_IsCutOffUntilActorsHaveTakenWhatWasTooMuch()
    {
        var credit = (await _peer.ConnectAsync(_network, _node.Address)).Credit;
        Assert.Equal((10ul, 1000ul, 1024ul * 1024), (credit.Messages, credit.PriorityMessages, credit.PriorityBytes));
        await _peer.SendAsync(1, "stuck", isPriority: true, Numbers(0, 1000));
        Assert.Equal((10ul, 1000ul), Credited(await _peer.AcknowledgedAsync(1)));
        await _peer.SendAsync(2, "sink", new Int32Value { Value = -1 });
        await _peer.AcknowledgedAsync(2);
        await _peer.SendAsync(3, "stuck", isPriority: true, Numbers(1000, 1));
        Assert.Equal(StatusCode.ResourceExhausted, await EndedAsync());

        // Not by user credit either, of which there is plenty.
        await _peer.ConnectAsync(_network, _node.Address, 2, established: true);
        await _peer.SendAsync(4, "sink", new Int32Value { Value = -1 });
        Assert.Equal(StatusCode.ResourceExhausted, await EndedAsync());

        _gate.SetResult();
        await _node.Events.WaitForCountAsync<Receipt>(1002);
        await _node.Root.PoisonAsync(_node.Pid("stuck")).Within("the end of the actor");
        var answer = await _peer.ConnectAsync(_network, _node.Address, 3, established: true);
        Assert.Equal((4ul, 2001ul), (answer.NextExpected, answer.Credit.PriorityMessages));
        await _peer.SendAsync(4, "sink", isPriority: true, new Int32Value { Value = -1 });
        await _peer.AcknowledgedAsync(4);
        Assert.Equal(Enumerable.Range(0, 1001), Received().Where(number => number >= 0));
    }

    [Fact]
    [Trait("Behaviour", "K-03")]
    public async Task PriorityBatch_WithEnvelopesThatCannotBeDelivered_TheirCreditComesBackToWhereItCameFrom()
    {
        await _peer.ConnectAsync(_network, _node.Address);
        var batch = new Wire.MessageBatch { Sequence = 1, Priority = true, Envelopes = { new Wire.MessageEnvelope { TypeId = 1, Target = -1 } } };
        await _peer.SendAsync(new Wire.RemoteMessage { MessageBatch = batch });
        await _peer.SendAsync(2, "nobody", isPriority: true, new Int32Value { Value = 1 });
        Assert.Equal((10ul, 1002ul), Credited(await _peer.AcknowledgedAsync(2)));
    }

    /// <summary>It sends the same messages by user credit, and hears nothing of another one.</summary>
    [Fact]
    [Trait("Behaviour", "K-03")]
    public async Task OlderSender_PriorityMessagesAreUserMessages()
    {
        _peer.Capabilities = [CapabilityNames.Heartbeat, CapabilityNames.Resume];
        var credit = (await _peer.ConnectAsync(_network, _node.Address)).Credit;
        Assert.Equal((10ul, 0ul, 0ul), (credit.Messages, credit.PriorityMessages, credit.PriorityBytes));
        await _peer.SendAsync(1, "sink", new Messages.Urgent { Number = 1 }, new Messages.Urgent { Number = 2 });
        Assert.Equal((12ul, 0ul), Credited(await _peer.CreditedAsync(12)));
    }

    private static (ulong User, ulong Priority) Credited(Wire.Acknowledgement said) => (said.CreditMessages, said.PriorityMessages);

    private static Int32Value[] Numbers(int from, int count) => [.. Enumerable.Range(from, count).Select(number => new Int32Value { Value = number })];

    /// <summary>What is lent because of a batch is no excuse for it.</summary>
    [Fact]
    [Trait("Behaviour", "B-04")]
    public async Task Sender_PassesItsCreditByWhatIsLent_IsCutOff()
    {
        await _peer.ConnectAsync(_network, _node.Address);
        await _peer.SendAsync(1, "stuck", [.. Enumerable.Range(0, 11).Select(number => new Int32Value { Value = number })]);
        Assert.Equal(StatusCode.ResourceExhausted, await EndedAsync());

        // The loan is for the others, so it comes behind the pause of the one, not with the handshake.
        Assert.Equal(10ul, (await _peer.ConnectAsync(_network, _node.Address, 2, established: true)).Credit.Messages);
        Assert.InRange((await _peer.CreditedAsync(15)).CreditMessages, 15ul, 16ul);
    }

    [Fact]
    [Trait("Behaviour", "B-05")]
    public async Task Dialler_FillsOneLinkAfterAnother_IsRefusedUntilActorsHaveTakenWhatTheFormerOnesLeft()
    {
        await FillAsync(async _ =>
        {
            await using var peer = new PlayedServer(LinkId.Create());
            await peer.ConnectAsync(_network, _node.Address);
            await peer.SendAsync(1, "stuck", [.. Enumerable.Range(0, 10).Select(i => new StringValue { Value = new string('x', 100) })]);
            await peer.AcknowledgedAsync(1);
            await peer.LeaveAsync(1);
        });

        // An established link goes on: what it may send was granted before.
        Assert.Equal(Wire.LinkStatus.LinkUnknown, (await _peer.ConnectAsync(_network, _node.Address, established: true)).LinkStatus);
    }

    [Fact]
    [Trait("Behaviour", "B-05")]
    public async Task ForeignDialler_FillsOneStreamAfterAnother_IsRefusedUntilActorsHaveTakenWhatTheFormerOnesLeft() =>
        await FillAsync(async _ =>
        {
            await using var peer = await ForeignAsync();
            await SendAsync(peer, messages: 10);
            await peer.Call.CompleteAsync().AsTask().Within("a half-close");

            // The node has read everything when it ends the call.
            Assert.Null(await peer.ReadAsync());
        });

    /// <summary>A reader that holds a peer back reads nothing, and so would not see that the peer is gone.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Behaviour", "B-05")]
    public async Task ForeignDialler_IsHeldBackAndGone_IsNoticed(bool cut)
    {
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _node.Spawn("gate", context => context.Message is StringValue && first.TrySetResult() ? _gate.Task : Task.CompletedTask);
        var peer = await ForeignAsync();
        await SendAsync(peer, messages: 20, to: "gate");
        await first.Task.Within("the first of the messages that are too many");
        if (cut)
        {
            _network.Cut(_node.Address);
        }

        await peer.DisposeAsync();
        await _node.Log.NextAsync("InboundLost");
        Assert.False(_gate.Task.IsCompleted);
    }

    private async Task<PlayedDialler> ForeignAsync()
    {
        var peer = await PlayedDialler.DialAsync(_network, _node.Address);
        try
        {
            await peer.SendAsync(PlayedDialler.Request(new string('c', 32), "foreign:1"));
            Assert.NotNull((await peer.ReadAsync())!.ConnectResponse);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    private static Task SendAsync(PlayedDialler peer, int messages, string to = "stuck") =>
        peer.SendAsync([.. Enumerable.Range(0, messages).Select(_ => PlayedDialler.Batch(to, new StringValue { Value = new string('x', 100) }))]);

    /// <summary>Fills until it is refused, then lets actors take everything and expects to be let in again.</summary>
    private async Task FillAsync(Func<int, Task> fillAsync)
    {
        // Ten messages of a hundred bytes, and as much again for what each costs beside, are a good 2 KB of the 8 KiB.
        var filled = 0;
        var refusal = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            for (; filled < 20; filled++)
            {
                await fillAsync(filled);
            }
        });
        Assert.Equal(StatusCode.ResourceExhausted, refusal.StatusCode);
        Assert.InRange(filled, 3, 5);

        _gate.SetResult();
        await _node.Root.PoisonAsync(_node.Pid("stuck")).Within("the end of the actor");
        await fillAsync(filled);
    }

    private static (ulong Next, ulong Messages) Said(Wire.ConnectResponse answer) => (answer.NextExpected, answer.Credit.Messages);

    private async Task<StatusCode> EndedAsync() => (await Assert.ThrowsAsync<RpcException>(_peer.ReadToEndAsync)).Status.StatusCode;

    private async Task<StatusCode> RefusedAsync(PlayedServer peer, ulong attempt = 1, bool established = false)
    {
        await peer.DialAsync(_network, _node.Address, attempt, established);
        return (await Assert.ThrowsAsync<RpcException>(peer.AnswerAsync)).Status.StatusCode;
    }

    private IEnumerable<int> Received() => _node.Events.Of<Receipt>().Select(receipt => receipt.Message).OfType<Int32Value>().Select(number => number.Value);
}
