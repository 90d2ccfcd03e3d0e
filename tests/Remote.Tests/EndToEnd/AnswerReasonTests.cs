using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;
using Remote.Tests.Messaging;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>Who asks another node learns why its message was not delivered there, not only that it was not.</summary>
public sealed class AnswerReasonTests
{
    /// <summary>Every reason there is, or somebody added one and forgot that it travels.</summary>
    public static TheoryData<string> Reasons =>
        [.. typeof(DeadLetterReason).GetProperties()
            .Where(property => property.PropertyType == typeof(DeadLetterReason))
            .Select(property => ((DeadLetterReason)property.GetValue(null)!).Name)];

    [Theory]
    [Trait("Behaviour", "I-07")]
    [InlineData("nobody", "NoSuchProcess")]
    [InlineData("$endpoint/here:8000", "Forbidden")]
    [InlineData("ending", "Stopped")]
    public async Task Request_ThatTheOtherNodeGivesUp_FailsWithItsReason(string target, string reason)
    {
        await using var network = new InMemoryNetwork();
        await using var here = await TestNode.StartAsync(network: network, at: "here:8000");
        await using var there = await TestNode.StartAsync(network: network);
        there.SpawnEcho();
        await there.Remote.WaitForConnectionAsync(here.Address).Within("the endpoint that is asked");
        var busy = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var props = there.Recorder("busy", context => context.Message is Empty ? busy.Task : Task.CompletedTask);
        var ending = there.Root.SpawnNamed(props, "ending");
        here.Root.Send(there.Pid("ending"), new Empty());
        await there.NextReceiptAsync("busy");
        var asked = here.RefusalAsync(there.Pid(target), new StringValue { Value = "anybody?" });
        if (target == "ending")
        {
            // Comes after it on the same link.
            await here.AskAsync(there.Pid("echo"), "is it there?").Within("an answer");
            there.Root.Stop(ending);
            busy.SetResult();
        }

        var refusal = await asked;
        Assert.Equal((there.Pid(target), reason), (refusal.Target, refusal.GetReason().Name));
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
        Assert.Equal(reason, ReadBack(bytes).GetReason().Name);
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

        Assert.Equal(DeadLetterReason.NoSuchProcess, ReadBack(Google.Protobuf.MessageExtensions.ToByteArray(batch)).GetReason());
    }

    private static RemoteDelivery Answer(string reason) =>
        new(new PID(ModelEncoder.Peer, "asker"), DeadLetterResponseExtensions.Make(new PID(ModelEncoder.Own, "target"), new DeadLetterReason(reason)));

    private static DeadLetterResponse ReadBack(byte[] bytes) =>
        Assert.IsType<DeadLetterResponse>(Assert.Single(Codec.Decode(bytes).Messages).Message);
}
