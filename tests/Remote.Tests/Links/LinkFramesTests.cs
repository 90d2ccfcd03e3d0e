using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Wire = Remote.Protocol;

namespace Remote.Tests.Links;

[Trait("Behaviour", "Z-03")]
public class LinkFramesTests
{
    private static readonly Gen<ulong> Totals = Gen.Elements<ulong>(0, 1, 127, 128, 65_536, 1ul << 56, long.MaxValue);

    [Theory]
    [InlineData("ack", 300ul, 65_536, 16_777_216)]
    [InlineData("ack-of-nothing", 0ul, 1, 0)]
    [InlineData("ack-largest", (ulong)long.MaxValue, long.MaxValue, long.MaxValue)]
    public void Ack_WrittenAndRead_IsTheGoldenBytes(string name, ulong accepted, long messages, long bytes)
    {
        var ack = new LinkAck(accepted, new LinkCredit(messages, bytes));
        var buffer = new byte[LinkFrames.MaxAckBytes];
        GoldenFrames.AssertSame(name, buffer.AsSpan(0, LinkFrames.WriteAck(buffer, ack)));
        var golden = GoldenFrames.Read(name);
        Assert.True(LinkFrames.TryReadAck(golden, out var read));
        Assert.Equal(ack, read);
        Assert.Equal(ack, LinkFrames.Read(RemoteFrame.Parse(golden).Acknowledgement));
    }

    [Fact]
    public void AckWithPriority_WrittenAndRead_IsTheGoldenBytes()
    {
        var ack = new LinkAck(3, new LinkCredit(65_536, 16_777_216)) { Priority = new LinkCredit(1007, 1_049_000) };
        var buffer = new byte[LinkFrames.MaxAckBytes];
        GoldenFrames.AssertSame("ack-priority", buffer.AsSpan(0, LinkFrames.WriteAck(buffer, ack)));
        var golden = GoldenFrames.Read("ack-priority");
        Assert.True(LinkFrames.TryReadAck(golden, out var read));
        Assert.Equal(ack, read);
        Assert.Equal(ack, LinkFrames.Read(RemoteFrame.Parse(golden).Acknowledgement));
    }

    [Fact]
    public void OtherFrames_Written_AreTheGoldenBytes()
    {
        GoldenFrames.AssertSame("heartbeat", Handshake.Heartbeat());
        GoldenFrames.AssertSame("heartbeat-numbered", Handshake.Heartbeat(300));
        GoldenFrames.AssertSame("heartbeat-echo", Handshake.HeartbeatEcho(0));
        GoldenFrames.AssertSame("heartbeat-echo-numbered", Handshake.HeartbeatEcho(300));
        GoldenFrames.AssertSame("leave", LinkFrames.Leave(300));
        GoldenFrames.AssertSame("target-pause", LinkFrames.TargetPause("größe/1", isPaused: true));
        GoldenFrames.AssertSame("target-resume", LinkFrames.TargetPause("a", isPaused: false));
    }

    [Fact]
    public void Ack_AnyNumbers_AreWhatTheGeneratedClassesWriteAndRead() =>
        Prop.ForAll(Totals.ToArbitrary(), Totals.ToArbitrary(), Totals.ToArbitrary(), (accepted, messages, bytes) =>
        {
            var ack = new LinkAck(accepted, new LinkCredit((long)messages, (long)bytes)) { Priority = new LinkCredit((long)bytes, (long)messages) };
            var buffer = new byte[LinkFrames.MaxAckBytes];
            var length = LinkFrames.WriteAck(buffer, ack);
            var model = new Wire.RemoteMessage
            {
                Acknowledgement = new()
                {
                    Accepted = accepted,
                    CreditMessages = messages,
                    CreditBytes = bytes,
                    PriorityMessages = bytes,
                    PriorityBytes = messages,
                },
            };
            Assert.Equal(Convert.ToHexString(model.ToByteArray()), Convert.ToHexString(buffer.AsSpan(0, length)));
            Assert.True(LinkFrames.TryReadAck(buffer.AsSpan(0, length), out var read));
            Assert.Equal(ack, read);
        }).Check(SeededConfig.Times(TestScale.Count(3000)));

    /// <summary>What is read here is what the generated classes read; what is not is left to them.</summary>
    [Fact]
    public void TryReadAck_AnyBytes_AgreesWithTheGeneratedClasses() =>
        Prop.ForAll(Mutations().ToArbitrary(), bytes =>
        {
            if (LinkFrames.TryReadAck(bytes, out var ack))
            {
                Assert.Equal(LinkFrames.Read(Wire.RemoteMessage.Parser.ParseFrom(bytes).Acknowledgement), ack);
            }
        }).Check(SeededConfig.Times(TestScale.Count(20_000)));

    [Fact]
    public void Ack_WrittenAndRead_AllocatesNothing()
    {
        var buffer = new byte[LinkFrames.MaxAckBytes];
        var golden = GoldenFrames.Read("ack");
        Assert.Equal(0, Allocations.Measure(() =>
        {
            LinkFrames.WriteAck(buffer, new LinkAck(5, new LinkCredit(6, 7)));
            LinkFrames.TryReadAck(golden, out _);
        }));
    }

    [Fact]
    public void TryReadAck_TotalsBeyondOurs_MeanNoLimit()
    {
        var bytes = new Wire.RemoteMessage { Acknowledgement = new() { Accepted = 1, CreditMessages = ulong.MaxValue, CreditBytes = 1ul << 63 } }.ToByteArray();
        Assert.True(LinkFrames.TryReadAck(bytes, out var ack));
        Assert.Equal(new LinkCredit(long.MaxValue, long.MaxValue), ack.Credit);
    }

    [Theory]
    [InlineData("heartbeat")]
    [InlineData("leave")]
    [InlineData("target-pause")]
    [InlineData("disconnect")]
    public void TryReadAck_OtherFrame_IsLeftAlone(string name) =>
        Assert.False(LinkFrames.TryReadAck(GoldenFrames.Read(name), out _));

    /// <summary>From 128 bytes on a length takes two bytes: then the third byte is half of one, whatever it says.</summary>
    [Theory]
    [InlineData(54, true)]
    [InlineData(128, false)]
    [InlineData(250, false)]
    public void TryReadAck_LongerThanAnyAck_IsLeftAlone(int length, bool isAck)
    {
        // Unknown fields of two bytes each, and the number of the last batch.
        var unknown = Enumerable.Repeat<byte[]>([0x78, 1], (length / 2) - 1).SelectMany(field => field);
        byte[] bytes = [0xA2, 0x06, (byte)length, .. unknown, 0x08, 7];
        Assert.Equal(isAck, LinkFrames.TryReadAck(bytes, out var ack));
        Assert.Equal(isAck ? 7ul : 0, ack.Accepted);
    }

    private static Gen<byte[]> Mutations()
    {
        var golden = GoldenFrames.Read("ack");
        return Gen.Choose(0, golden.Length - 1).SelectMany(at => Gen.Choose(0, 255).SelectMany(value => Gen.Choose(0, golden.Length).Select(length =>
        {
            var bytes = golden.ToArray();
            bytes[at] = (byte)value;
            return bytes[..length];
        })));
    }
}
