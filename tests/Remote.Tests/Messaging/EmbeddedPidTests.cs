using Google.Protobuf;
using Remote.Actors;
using Remote.Tests.Messages;
using Wire = Remote.Protocol;
using Directory = Remote.Tests.Messages.Directory;

namespace Remote.Tests.Messaging;

/// <summary>PIDs that applications put into their own protobuf messages mean the same where they are read.</summary>
[Trait("Behaviour", "Z-01")]
public class EmbeddedPidTests
{
    private static readonly PID Target = new(ModelEncoder.Peer, "target");

    [Fact]
    public void Encode_LocalPidsAnywhereInTheMessage_GetOurAddress()
    {
        var message = Fill(new Directory(), new PID("", "me", 5));
        message.Parent = Fill(new Directory(), new PID("", "me", 5));
        message.Children.Add(Fill(new Directory(), new PID("", "me", 5)));
        var before = message.Clone();

        var sent = Wire.RemoteMessage.Parser.ParseFrom(Codec.Encode([new RemoteDelivery(Target, message)]));

        var expected = Fill(new Directory(), new PID(ModelEncoder.Own, "me", 5));
        expected.Parent = expected.Clone();
        expected.Children.Add(expected.Parent.Clone());
        Assert.Equal(expected, Directory.Parser.ParseFrom(sent.MessageBatch.Envelopes[0].MessageData));
        Assert.Equal(before, message);
    }

    [Fact]
    public void Decode_OurOwnPid_IsLocalAgain()
    {
        var sink = Send(Fill(new Directory(), new PID(ModelEncoder.Peer, "you", 5)));
        Assert.Equal(Fill(new Directory(), new PID("", "you", 5)), sink.Messages[0].Message);
    }

    [Fact]
    public void Decode_LocalPidOfThePeer_HasThePeersAddress()
    {
        var sink = Send(new Directory { Owner = new PID("", "me") });
        PID? owner = ((Directory)sink.Messages[0].Message).Owner;
        Assert.Equal(new PID(ModelEncoder.Own, "me"), owner);
    }

    [Fact]
    public void Encode_PidAsTheMessageItself_IsTranslatedToo()
    {
        var registry = new SerializerRegistryBuilder().AddMessage(Wire.PID.Descriptor).Build();
        using var encoder = new BatchEncoder(registry, new EncodeLimits());
        encoder.Begin(Codec.ToPeer);
        encoder.TryAdd(new RemoteDelivery(Target, (Wire.PID)new PID("", "me")));
        var batch = encoder.Finish();
        var sink = new RecordingSink();
        new BatchDecoder(registry, Codec.FromPeer).Decode(Segments.Whole(batch.Memory), sink);
        Assert.Equal(new Wire.PID { Address = ModelEncoder.Own, Id = "me" }, sink.Messages[0].Message);
    }

    [Fact]
    public void Of_TypesWithoutPids_CostNothing()
    {
        Assert.Null(EmbeddedPids.Of(Hello.Descriptor));
        Assert.Null(EmbeddedPids.Of(Tree.Descriptor));
        Assert.NotNull(EmbeddedPids.Of(Directory.Descriptor));
        Assert.NotNull(EmbeddedPids.Of(Wire.ActorPidResponse.Descriptor));
    }

    [Fact]
    public void Conversions_BothWays_KeepAllThreeParts()
    {
        Wire.PID wire = new PID("a:1", "x", 9);
        PID pid = wire;
        Assert.Equal(("a:1", "x", 9u), (pid.Address, pid.Id, pid.RequestId));
        Wire.PID? nothing = (PID?)null;
        Assert.Null(nothing);
        Assert.Null((PID?)nothing);
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
}
