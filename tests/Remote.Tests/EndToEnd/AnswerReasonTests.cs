using Google.Protobuf.WellKnownTypes;
using Remote.Actors;
using Remote.Testing;
using Remote.Tests.Messaging;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>Who asks another node learns why its message was not delivered there, not only that it was not.</summary>
public sealed class AnswerReasonTests
{
    /// <summary>Every reason there is, or somebody added one and forgot that it travels.</summary>
    public static TheoryData<string> Reasons =>
        [.. new[] { typeof(DeadLetterReason), typeof(RemoteDeadLetterReasons) }
            .SelectMany(type => type.GetProperties())
            .Where(property => property.PropertyType == typeof(DeadLetterReason))
            .Select(property => ((DeadLetterReason)property.GetValue(null)!).Name)];

    [Theory]
    [Trait("Behaviour", "A-10")]
    [InlineData("nobody", "NoSuchProcess")]
    [InlineData("$eventstream", "Forbidden")]
    [InlineData("full", "MailboxFull")]
    [InlineData("ending", "Stopped")]
    public async Task Request_ThatTheOtherNodeGivesUp_FailsWithItsReason(string target, string reason)
    {
        await using var network = new InMemoryNetwork();
        await using var here = await TestNode.StartAsync(network: network);
        await using var there = await TestNode.StartAsync(network: network);
        there.SpawnEcho();
        var busy = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var props = there.Recorder("busy", context => context.Message is Empty ? busy.Task : Task.CompletedTask);
        there.Root.SpawnNamed(props.WithMailbox(() => Mailboxes.Bounded(1)), "full");
        var ending = there.Root.SpawnNamed(props, "ending");
        foreach (var name in new[] { "full", "ending" })
        {
            here.Root.Send(there.Pid(name), new Empty());
        }

        await there.Events.WaitForCountAsync<Receipt>(2);
        here.Root.Send(there.Pid("full"), new StringValue { Value = "takes the only place" });
        var asked = here.AskAsync(there.Pid(target), "anybody?");
        if (target == "ending")
        {
            // Comes after it on the same link.
            await here.AskAsync(there.Pid("echo"), "is it there?").Within("an answer");
            there.Root.Stop(ending);
            busy.SetResult();
        }

        var failure = await Assert.ThrowsAsync<DeadLetterException>(() => asked.Within("the request"));

        Assert.Equal((there.Pid(target), reason), (failure.Target, failure.Reason.Name));
        busy.TrySetResult();
    }

    [Theory]
    [MemberData(nameof(Reasons))]
    [Trait("Behaviour", "Z-01")]
    public void Reason_TowardsARemoteNode_IsWrittenAndRead(string reason)
    {
        var bytes = Codec.Encode([Answer(reason)], Codec.ToPeer.For(StreamCapabilities.Heartbeat));

        var sent = Wire.DeadLetterResponse.Parser.ParseFrom(Wire.RemoteMessage.Parser.ParseFrom(bytes).MessageBatch.Envelopes[0].MessageData);
        Assert.Equal(reason == "NoSuchProcess" ? "" : reason, sent.Reason);
        Assert.Equal(reason, ReadBack(bytes).Reason.Name);
    }

    [Theory]
    [MemberData(nameof(Reasons))]
    [Trait("Behaviour", "Z-03")]
    public void Reason_TowardsAPeerThatNamedNothing_IsLeftOut(string reason) =>
        Assert.Equal(Codec.Encode([Answer("NoSuchProcess")]), Codec.Encode([Answer(reason)]));

    [Theory]
    [InlineData("")]
    [InlineData("expired")]
    [InlineData("Expired ")]
    [InlineData("Ëxpired")]
    [InlineData("AReasonOfALaterVersionWhoseNameIsFarTooLongToBeLookedAtMoreThanOnce")]
    [Trait("Behaviour", "Z-02")]
    public void Reason_ThatIsNotKnown_IsThatNobodyIsThere(string reason)
    {
        var batch = Wire.RemoteMessage.Parser.ParseFrom(Codec.Encode([Answer("NoSuchProcess")]));
        var answer = Wire.DeadLetterResponse.Parser.ParseFrom(batch.MessageBatch.Envelopes[0].MessageData);
        answer.Reason = reason;
        batch.MessageBatch.Envelopes[0].MessageData = Google.Protobuf.MessageExtensions.ToByteString(answer);

        Assert.Equal(DeadLetterReason.NoSuchProcess, ReadBack(Google.Protobuf.MessageExtensions.ToByteArray(batch)).Reason);
    }

    private static RemoteDelivery Answer(string reason) =>
        new(new PID(ModelEncoder.Peer, "asker"), new DeadLetterResponse(new PID("", "target"), new DeadLetterReason(reason)));

    private static DeadLetterResponse ReadBack(byte[] bytes) =>
        Assert.IsType<DeadLetterResponse>(Assert.Single(Codec.Decode(bytes).Messages).Message);
}
