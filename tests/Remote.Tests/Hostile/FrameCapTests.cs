using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Remote.Testing;
using Remote.Tests.Fuzz;
using Remote.Tests.Messaging;

namespace Remote.Tests;

/// <summary>
/// Frames that are legal protobuf in a form that no implementation writes. They meet the same limits, and before anything in them has become an
/// object.
/// </summary>
[Trait("Behaviour", "T-15")]
public sealed class FrameCapTests : DisposedAfterTest
{
    private const long MiB = 1024 * 1024;
    private const int Envelopes = 3;
    private const int Senders = 4;
    private const int FrameBytes = 4_000_000;

    private readonly InMemoryNetwork _network = new();

    [Theory]
    [InlineData("before", Envelopes)]
    [InlineData("before", Senders)]
    [InlineData("behind", Envelopes)]
    [InlineData("behind", Senders)]
    [InlineData("pieces", Envelopes)]
    [InlineData("pieces", Senders)]
    public void BatchBeyondItsLimits_InAnyForm_IsABadFrameBeforeItBecomesObjects(string form, int field)
    {
        var frame = EmptyFields(form, field);
        var limit = field == Envelopes ? $"{BatchDecoder.MaxEnvelopes} envelopes" : $"{BatchDecoder.MaxTableEntries} table entries";

        var (error, allocated) = Read(frame);

        Assert.Contains(limit, Assert.IsType<MalformedFrameException>(error).Message, StringComparison.Ordinal);
        Assert.InRange(allocated, 0, 10 * MiB);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(0)]
    public void FrameWithoutABatch_AtItsLimitIsReadWithoutItsUnknownFields_AndOneMoreByteIsABadFrame(int member)
    {
        // The first time the generated classes describe themselves.
        Read(UnknownFields(member, RemoteFrame.MaxOtherBytes));
        var (none, allocated) = Read(UnknownFields(member, RemoteFrame.MaxOtherBytes));
        var (error, allocatedForMore) = Read(UnknownFields(member, RemoteFrame.MaxOtherBytes + 1));

        // Kept, each of the fields would be two objects.
        Assert.Null(none);
        Assert.InRange(allocated, 0, 16 * 1024);
        Assert.IsType<MalformedFrameException>(error);
        Assert.InRange(allocatedForMore, 0, 16 * 1024);
    }

    /// <summary>The longest of the frames that nodes of ours send: a target may be as long as the option of its node says.</summary>
    [Fact]
    public void PauseOfTheLongestTarget_IsRead()
    {
        var pause = LinkFrames.TargetPause(new string('t', 65_536), isPaused: true);

        Assert.False(RemoteFrame.IsBatch(pause, out var other));
        Assert.Equal(65_536, other.TargetPause.TargetId.Length);
    }

    [Fact]
    public void LongestBlockList_IsRead()
    {
        var ids = Enumerable.Range(0, 30_000).Select(number => number.ToString("D32", CultureInfo.InvariantCulture)).ToArray();

        var read = RemoteFrame.ParseHandshake(PlayedDialler.Request("peer", "peer:1", ids).ToByteArray());

        Assert.Equal(ids, read.ConnectRequest.ServerConnection.BlockList);
    }

    /// <summary>Nobody has been asked yet whether the peer may come in.</summary>
    [Theory]
    [InlineData("unknown", RemoteFrame.MaxRequestBytes, true)]
    [InlineData("unknown", RemoteFrame.MaxRequestBytes + 1, false)]
    [InlineData("list", FrameBytes, false)]
    [InlineData("batch", RemoteFrame.MaxOtherBytes + 1, false)]
    [InlineData("both", RemoteFrame.MaxOtherBytes + 1, false)]
    public void Handshake_BeyondItsLimit_IsABadFrameBeforeItBecomesObjects(string what, int bytes, bool isRead)
    {
        var frame = what switch
        {
            "unknown" => UnknownFields(2, bytes),
            "list" => PlayedDialler.Request("peer", "peer:1", [.. Enumerable.Repeat("", bytes / 2)]).ToByteArray(),
            "batch" => new ProtoWriter().Bytes(1, Repeated(Envelopes, bytes)).ToArray(),
            _ => new ProtoWriter().Message(2, new ProtoWriter()).Bytes(1, Repeated(Envelopes, bytes)).ToArray(),
        };

        // The first time the generated classes describe themselves.
        Measured(() => RemoteFrame.ParseHandshake(frame));
        var (error, allocated) = Measured(() => RemoteFrame.ParseHandshake(frame));

        Assert.Equal(isRead, error is null);
        Assert.True(isRead || error is MalformedFrameException, $"{error}");
        Assert.InRange(allocated, 0, 64 * 1024);
    }

    [Theory]
    [InlineData("envelopes")]
    [InlineData("unknown")]
    public async Task FrameOfALargePeer_EndsTheStreamWithInvalidArgument(string what)
    {
        await using var node = await TestNode.StartAsync(network: _network);
        node.Spawn("sink");
        await using var peer = await PlayedDialler.DialAsync(_network, node.Address);
        await peer.SendAsync(PlayedDialler.Request("peer", "peer:1"));
        Assert.NotNull(await peer.ReadAsync());

        // What is in order in such a form is taken.
        byte[] first = [.. new ProtoWriter().Number(15, 1).ToArray(), .. PlayedDialler.Batch("sink", new StringValue()).ToByteArray()];
        await peer.Call.WriteAsync(first).AsTask().Within("a write");
        await node.NextReceiptAsync("sink");

        await peer.Call.WriteAsync(what == "envelopes" ? EmptyFields("before", Envelopes) : UnknownFields(101, FrameBytes)).AsTask().Within("a write");

        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(peer.ReadAsync)).StatusCode);
        await node.Log.NextAsync("ProtocolViolation");
    }

    [Theory]
    [InlineData(RemoteFrame.MaxRequestBytes, true)]
    [InlineData(FrameBytes, false)]
    public async Task ConnectRequest_AtItsLimitIsAnswered_AndALargerOneIsRefused(int bytes, bool isAnswered)
    {
        await using var node = await TestNode.StartAsync(network: _network);
        await using var peer = await PlayedDialler.DialAsync(_network, node.Address);
        await peer.Call.WriteAsync(UnknownFields(2, bytes)).AsTask().Within("a write");

        if (isAnswered)
        {
            Assert.Equal(node.SystemId, (await peer.ReadAsync())!.ConnectResponse.MemberId);
        }
        else
        {
            Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(peer.ReadAsync)).StatusCode);
        }
    }

    public override ValueTask DisposeAsync() => _network.DisposeAsync();

    /// <summary>A batch of as many empty fields as fit, in a form that is not the usual one.</summary>
    private static byte[] EmptyFields(string form, int field)
    {
        var half = Repeated(field, FrameBytes / 2);
        return form switch
        {
            "before" => new ProtoWriter().Number(15, 1).Bytes(1, [.. half, .. half]).ToArray(),
            "behind" => new ProtoWriter().Bytes(1, [.. half, .. half]).Number(15, 1).ToArray(),
            _ => new ProtoWriter().Bytes(1, half).Bytes(1, half).ToArray(),
        };
    }

    private static byte[] Repeated(int field, int bytes)
    {
        var fields = new byte[bytes - (bytes % 2)];
        for (var i = 0; i < fields.Length; i += 2)
        {
            fields[i] = (byte)((field << 3) | 2);
        }

        return fields;
    }

    /// <summary>A member of so many bytes together with unknown fields, all of them different; 0 for none. A ConnectRequest is one otherwise.</summary>
    private static byte[] UnknownFields(int member, int bytes)
    {
        var known = new ProtoWriter();
        if (member == 2)
        {
            known.Message(2, new ProtoWriter().Text(1, "peer").Text(2, "peer:1"));
        }

        var unknown = new ProtoWriter();
        for (var field = 1000; unknown.Length < bytes - 100; field++)
        {
            unknown.Number(field, 1);
        }

        var frame = Padded(bytes - Padded(0).Length);
        Assert.Equal(bytes, frame.Length);
        return frame;

        byte[] Padded(int padding)
        {
            var body = new ProtoWriter().Raw(known.ToArray()).Raw(unknown.ToArray()).Bytes(200, new byte[padding]);
            return (member == 0 ? body : new ProtoWriter().Message(member, body)).ToArray();
        }
    }

    private static (Exception? Error, long Allocated) Read(byte[] frame) => Measured(() =>
    {
        if (RemoteFrame.IsBatch(frame, out _))
        {
            Codec.Decoder().Decode(frame, new RecordingSink());
        }
    });

    private static (Exception? Error, long Allocated) Measured(Action read)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Record.Exception(read);
        return (error, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
