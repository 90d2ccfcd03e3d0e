using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Remote.Tests.Messages;
using Directory = Remote.Tests.Messages.Directory;
using Wire = Remote.Protocol;

namespace Remote.Tests.Messaging;

/// <summary>PIDs that applications put into their own protobuf messages mean the same where they are read.</summary>
[Trait("Behaviour", "Z-01")]
public class EmbeddedPidTests
{
    private static readonly PID Target = new(ModelEncoder.Peer, "target");

    [Fact]
    public void Encode_LocalPidsAnywhereInTheMessage_GetOurAddress()
    {
        var local = new PID(ActorSystem.NoHost, "me") { RequestId = 5 };
        var message = Fill(new Directory(), local);
        message.Parent = Fill(new Directory(), local);
        message.Children.Add(Fill(new Directory(), local));
        var before = message.Clone();

        var sent = Wire.RemoteMessage.Parser.ParseFrom(Codec.Encode([new RemoteDelivery(Target, message)]));

        var expected = Fill(new Directory(), new PID(ModelEncoder.Own, "me") { RequestId = 5 });
        expected.Parent = expected.Clone();
        expected.Children.Add(expected.Parent.Clone());
        Assert.Equal(expected, Directory.Parser.ParseFrom(sent.MessageBatch.Envelopes[0].MessageData));
        Assert.Equal(before, message);
    }

    [Fact]
    public void Encode_PidOfAClient_GoesThroughUs()
    {
        var sent = Wire.RemoteMessage.Parser.ParseFrom(
            Codec.Encode([new RemoteDelivery(Target, new Directory { Owner = new PID("$client/c1", "me") })]));
        Assert.Equal(
            new PID(ModelEncoder.Own, "$client/c1/me"), Directory.Parser.ParseFrom(sent.MessageBatch.Envelopes[0].MessageData).Owner);
    }

    [Fact]
    public void Decode_OurOwnPid_IsOurs()
    {
        var sink = Send(Fill(new Directory(), new PID(ModelEncoder.Peer, "you") { RequestId = 5 }));
        Assert.Equal(Fill(new Directory(), new PID(ModelEncoder.Peer, "you") { RequestId = 5 }), sink.Messages[0].Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData(ActorSystem.NoHost)]
    [InlineData(ModelEncoder.Own)]
    public void RoundTrip_LocalPidOfTheSender_HasItsAddress(string address)
    {
        var expected = new PID(ModelEncoder.Own, "me");
        var sink = Send(Fill(new Directory(), new PID(address, "me")));
        Assert.Equal(Fill(new Directory(), expected), sink.Messages[0].Message);
    }

    [Fact]
    public void Encode_PidAsTheMessageItself_IsTranslatedToo()
    {
        var sink = Send(new PID(ActorSystem.NoHost, "me"));
        Assert.Equal(new PID(ModelEncoder.Own, "me"), sink.Messages[0].Message);
    }

    [Fact]
    public void Encode_PidsInAny_HaveTheirAddress()
    {
        var local = Any.Pack(Fill(new Directory(), new PID(ActorSystem.NoHost, "me")));
        var nested = Any.Pack(new Parcel { Content = Any.Pack(new PID(ActorSystem.NoHost, "me")) });
        var unknown = new Any { TypeUrl = "x/no.such" };
        var parcel = new Parcel { Content = local, More = { nested, Any.Pack(new Hello { Text = "no PID" }), unknown } };
        var before = parcel.Clone();

        var received = Assert.IsType<Parcel>(Send(parcel).Messages[0].Message);

        Assert.Equal(before, parcel);
        Assert.Equal(Fill(new Directory(), new PID(ModelEncoder.Own, "me")), received.Content.Unpack<Directory>());
        Assert.Equal(new PID(ModelEncoder.Own, "me"), received.More[0].Unpack<Parcel>().Content.Unpack<PID>());
        Assert.Equal(before.More.Skip(1), received.More.Skip(1));
    }

    /// <summary>Applications may send what they like; of a peer it is refused, for each of a hundred thousand would cost an exception.</summary>
    [Fact]
    public void AnyThatHoldsNoSuchMessage_IsSentAsItIs_AndNotReadWhereItMightHoldPids()
    {
        var broken = new Any { TypeUrl = $"type.googleapis.com/{Directory.Descriptor.FullName}", Value = ByteString.CopyFrom(0xFF) };
        var sent = Codec.Encode([new RemoteDelivery(Target, new Parcel { Content = broken })]);
        Assert.Equal(
            new Parcel { Content = broken }.ToByteString(), Wire.RemoteMessage.Parser.ParseFrom(sent).MessageBatch.Envelopes[0].MessageData);
        Assert.Equal(EnvelopeFault.Malformed, Assert.Single(Codec.Decode(sent).Refused).Fault);
        Assert.Equal(EnvelopeFault.Malformed, Assert.Single(Send(broken).Refused).Fault);

        var harmless = new Parcel { Content = new Any { TypeUrl = $"x/{Hello.Descriptor.FullName}", Value = ByteString.CopyFrom(0xFF) } };
        Assert.Equal(harmless, Send(harmless).Messages[0].Message);
    }

    /// <summary>A PID is judged wherever it is packed: in a message, in an Any, in an Any that is packed itself.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Decode_OwnPidInAny_IsJudged(int levels)
    {
        var here = new InboundTranslation(ModelEncoder.Own, ModelEncoder.Peer, isClient: false, address => address == ModelEncoder.Peer)
        {
            Admit = pid => pid.Id == "$17" ? null : new PID(pid.Address, pid.Id == "$17~name" ? "$17" : pid.Id),
        };

        var forbidden = Codec.Decode(Codec.Encode([new RemoteDelivery(Target, Pack("$17"))]), new BatchDecoder(Codec.Registry, here));
        Assert.Equal(EnvelopeFault.Malformed, Assert.Single(forbidden.Refused).Fault);
        Assert.Empty(forbidden.Messages);

        var request = Codec.Decode(Codec.Encode([new RemoteDelivery(Target, Pack("$17~name"))]), new BatchDecoder(Codec.Registry, here));
        Assert.Equal(Pack("$17"), Assert.Single(request.Messages).Message);

        Any Pack(string id)
        {
            var any = Any.Pack(new PID(ModelEncoder.Peer, id));
            for (var level = 0; level < levels; level++)
            {
                any = Any.Pack(new Parcel { Content = any });
            }

            return any;
        }
    }

    [Fact]
    public void RoundTrip_PidInJson_HasItsAddress()
    {
        var system = new ActorSystem();
        var registry = new SerializerRegistry(new Proto.Remote.Serialization(), system, new RemoteOptions());
        using var encoder = new BatchEncoder(registry, new EncodeLimits());
        encoder.Begin(Codec.ToPeer);
        encoder.TryAdd(new RemoteDelivery(Target, new Letter(new PID(ModelEncoder.Own, "me"), [new PID("10.9.9.9:9", "other")])));

        // The actor was there before the node had an address.
        encoder.TryAdd(new RemoteDelivery(Target, new Letter(new PID(system.Address, "me"), [])));
        SetAddress(system, ModelEncoder.Own);
        encoder.TryAdd(new RemoteDelivery(Target, new Letter(new PID(ActorSystem.NoHost, "me"), [])));
        var batch = encoder.Finish();
        var sink = Codec.Decode(batch.Memory, new BatchDecoder(registry, Codec.FromPeer));
        var letters = sink.Messages.Select(message => Assert.IsType<Letter>(message.Message)).ToArray();
        Assert.Equal(new PID(ModelEncoder.Own, "me"), letters[0].From);
        Assert.Equal(new PID("10.9.9.9:9", "other"), Assert.Single(letters[0].Copies));
        Assert.Equal(new PID(ModelEncoder.Own, "me"), letters[2].From);
    }

    [Fact]
    public void Of_TypesWithoutPids_CostNothing()
    {
        Assert.Null(EmbeddedPids.Of(Hello.Descriptor));
        Assert.Null(EmbeddedPids.Of(Tree.Descriptor));
        Assert.Null(EmbeddedPids.Of(Parcel.Descriptor));
        Assert.NotNull(EmbeddedPids.Of(Directory.Descriptor));
        Assert.NotNull(EmbeddedPids.Of(ActorPidResponse.Descriptor));
        Assert.Null(Codec.Registry.FindOutbound(new Hello())!.Pids);
        Assert.NotNull(Codec.Registry.FindOutbound(new Parcel())!.Pids);
    }

    private static void SetAddress(ActorSystem system, string address)
    {
        var colon = address.IndexOf(':');
        system.SetAddress(address[..colon], int.Parse(address[(colon + 1)..], System.Globalization.CultureInfo.InvariantCulture));
    }

    private static RecordingSink Send(IMessage message) =>
        Codec.Decode(Codec.Encode([new RemoteDelivery(Target, message)]));

    private static Directory Fill(Directory directory, PID pid)
    {
        directory.Owner = pid;
        directory.Members.Add(pid);
        directory.Members.Add(new PID("10.9.9.9:9", "other"));
        directory.ByName.Add("a", pid);
        directory.Backup = pid;
        return directory;
    }

    internal sealed record Letter(PID From, PID[] Copies);
}
