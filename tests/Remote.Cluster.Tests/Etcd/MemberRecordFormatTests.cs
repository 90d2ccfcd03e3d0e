using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Remote.Cluster.Etcd;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>Entries to bytes and back, and whatever else somebody may have written there.</summary>
[Trait("Behaviour", "K-06")]
public sealed class MemberRecordFormatTests
{
    private static readonly MemberKeys Keys = new("/prefix", "cluster");

    [Fact]
    public void Write_AndRead_IsTheSame() => Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyString>(), id =>
    {
        var record = new MemberRecord(id.Get, "host.example", 65535, [id.Get, "other"], Leaving: id.Get.Length % 2 == 0);

        // What is no Unicode does not come back as it was; ids of Proto.Actor are letters and digits.
        if (id.Get.Any(char.IsSurrogate))
        {
            return;
        }

        Assert.True(MemberRecordFormat.TryRead(Keys.Of(record), MemberRecordFormat.Write(record), Keys, out var read, out _));
        Assert.Equal(record with { Kinds = [] }, read with { Kinds = [] });
        Assert.Equal(record.Kinds, read.Kinds);
    }).Check(SeededConfig.Times(TestScale.Count(1000)));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("\"id\"")]
    [InlineData("{\"id\":\"\",\"host\":\"h\",\"port\":1,\"kinds\":[]}")]
    [InlineData("{\"id\":\"a\",\"host\":null,\"port\":1,\"kinds\":[]}")]
    [InlineData("{\"id\":\"a\",\"host\":\"h\",\"port\":0,\"kinds\":[]}")]
    [InlineData("{\"id\":\"a\",\"host\":\"h\",\"port\":65536,\"kinds\":[]}")]
    [InlineData("{\"id\":\"a\",\"host\":\"h\",\"port\":\"1\",\"kinds\":[]}")]
    [InlineData("{\"id\":\"a\",\"host\":\"h\",\"port\":1}")]
    [InlineData("{\"id\":\"a\",\"host\":\"h\",\"port\":1,\"kinds\":[null]}")]
    [InlineData("{\"id\":\"a\",\"host\":\"h\",\"port\":1,\"kinds\":[],\"blocks\":[null]}")]
    [InlineData("{\"id\":\"a\",\"host\":\"h\",\"port\":1,\"kinds\":[],\"blocks\":\"b\"}")]
    [InlineData("{\"id\":\"a\",\"host\":\"other\",\"port\":1,\"kinds\":[]}")]
    public void Read_OfWhatIsNoMember_IsAFaultWithAReason(string text)
    {
        Assert.False(MemberRecordFormat.TryRead(Keys.Prefix + "h:1", ByteString.CopyFromUtf8(text), Keys, out var record, out var fault));
        Assert.Null(record);
        Assert.NotEmpty(fault);
    }

    [Fact]
    public void Read_OfBytesAtRandom_NeverThrows() => Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
    {
        Assert.False(MemberRecordFormat.TryRead(Keys.Prefix + "h:1", ByteString.CopyFrom(bytes), Keys, out _, out _));
    }).Check(SeededConfig.Times(TestScale.Count(1000)));

    [Fact]
    public void Read_OfALaterVersion_PassesOverWhatItDoesNotKnow()
    {
        const string Text = """{"id":"a","host":"h","port":1,"kinds":["k"],"zone":{"name":"north"}}""";

        Assert.True(MemberRecordFormat.TryRead(Keys.Prefix + "h:1", ByteString.CopyFromUtf8(Text), Keys, out var record, out _));
        Assert.Equal("h:1", record.Address);
    }

    /// <summary>Versions before these blocks wrote none; and what nobody has to say is not written.</summary>
    [Theory]
    [InlineData("""{"id":"a","host":"h","port":1,"kinds":["k"]}""", null)]
    [InlineData("""{"id":"a","host":"h","port":1,"kinds":["k"],"blocks":["b","c"]}""", "bc")]
    public void Blocks_AreReadAndWritten_OrLeftOut(string text, string? blocks)
    {
        Assert.True(MemberRecordFormat.TryRead(Keys.Prefix + "h:1", ByteString.CopyFromUtf8(text), Keys, out var record, out _));
        Assert.Equal(blocks, record.Blocks is null ? null : string.Concat(record.Blocks));
        Assert.Equal(text, MemberRecordFormat.Write(record).ToStringUtf8());
    }

    [Theory]
    [InlineData("cluster")]
    [InlineData("a/members/b")]
    [InlineData("ä 🐢")]
    public void Keys_OfAnyName_AreInTheirRangeAndInNoOther(string name)
    {
        var keys = new MemberKeys("/prefix", name);
        var key = ByteString.CopyFromUtf8(keys.Of(new MemberRecord("a", "h", 1, [])));

        Assert.True(IsIn(key, keys));
        Assert.False(IsIn(key, new MemberKeys("/prefix", name + "x")));
        Assert.False(IsIn(key, new MemberKeys("/prefix", "a")));
    }

    private static bool IsIn(ByteString key, MemberKeys keys) =>
        key.Span.SequenceCompareTo(keys.RangeStart.Span) >= 0 && key.Span.SequenceCompareTo(keys.RangeEnd.Span) < 0;
}
