using Google.Protobuf;
using Proto;
using Remote.Tests.Messaging;
using Wire = Remote.Protocol;

namespace Remote.Tests.Serialization;

/// <summary>The reason travels in a field that Proto.Actor's class does not know.</summary>
[Trait("Behaviour", "Z-01")]
public class DeadLetterResponseTests
{
    private static readonly PID Target = new(ModelEncoder.Peer, "asker");

    public static TheoryData<string> Reasons() =>
    [
        nameof(DeadLetterReason.NoSuchProcess), nameof(DeadLetterReason.Stopped), nameof(DeadLetterReason.MailboxFull),
        nameof(DeadLetterReason.UnknownType), nameof(DeadLetterReason.IncarnationEnded), nameof(DeadLetterReason.Quarantined),
    ];

    [Theory]
    [MemberData(nameof(Reasons))]
    public void GetReason_ThroughAProtoRemoteNode_IsKept(string name)
    {
        var reason = new DeadLetterReason(name);
        var response = DeadLetterResponseExtensions.Make(new PID("a:1", "x") { RequestId = 3 }, reason);
        Assert.Equal(reason, response.GetReason());

        // Such a node parses it, and writes it again when it passes it on.
        var passedOn = DeadLetterResponse.Parser.ParseFrom(DeadLetterResponse.Parser.ParseFrom(response.ToByteArray()).ToByteArray());
        Assert.Equal(reason, passedOn.GetReason());
        Assert.Equal(new PID("a:1", "x") { RequestId = 3 }, passedOn.Target);

        // And what is written is what our schema says.
        var ours = Wire.DeadLetterResponse.Parser.ParseFrom(response.ToByteArray());
        Assert.Equal(reason == DeadLetterReason.NoSuchProcess ? "" : name, ours.Reason);
    }

    [Theory]
    [InlineData("")]
    [InlineData("A reason of a later version")]
    [InlineData("stopped")]
    public void GetReason_NoneOrUnknown_IsNoSuchProcess(string name)
    {
        var bytes = new Wire.DeadLetterResponse { Target = new() { Id = "x" }, Reason = name }.ToByteArray();
        Assert.Equal(DeadLetterReason.NoSuchProcess, DeadLetterResponse.Parser.ParseFrom(bytes).GetReason());
        Assert.Equal(DeadLetterReason.NoSuchProcess, new DeadLetterResponse().GetReason());
    }

    [Fact]
    public void Encode_ReasonOfAnApplication_DoesNotTravel()
    {
        var response = DeadLetterResponseExtensions.Make(new PID("a:1", "x"), new DeadLetterReason("Mine"));
        Assert.Equal(new DeadLetterResponse { Target = new PID("a:1", "x") }, response);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void RoundTrip_ReasonIsToldToRemoteNodesOnly(bool isRemote)
    {
        var translation = isRemote ? Codec.ToPeer.For(~StreamCapabilities.None) : Codec.ToPeer;
        var response = DeadLetterResponseExtensions.Make(new PID(ActorSystem.NoHost, "x"), DeadLetterReason.Expired);
        var received = Assert.IsType<DeadLetterResponse>(
            Assert.Single(Codec.Decode(Codec.Encode([new RemoteDelivery(Target, response)], translation)).Messages).Message);
        Assert.Equal(isRemote ? DeadLetterReason.Expired : DeadLetterReason.NoSuchProcess, received.GetReason());
        Assert.Equal(new PID(ModelEncoder.Own, "x"), received.Target);
    }
}
