namespace Remote.Transport.Tests;

public sealed class GrpcMetadataTests
{
    [Theory]
    [InlineData("Upper")]
    [InlineData("with space")]
    [InlineData(":path")]
    [InlineData("grpc-status")]
    [InlineData("grpc-timeout")]
    [InlineData("content-type")]
    [InlineData("te")]
    [InlineData("ünï")]
    [InlineData("text-bin")]
    [InlineData("")]
    public void Add_KeyThatMetadataCannotHave_Throws(string key)
    {
        var metadata = new GrpcMetadata();
        Assert.ThrowsAny<ArgumentException>(() => metadata.Add(key, "value"));
        Assert.Empty(metadata);
    }

    [Theory]
    [InlineData("line\r\nbreak")]
    [InlineData("ü")]
    [InlineData("\0")]
    public void Add_ValueThatAHeaderCannotCarry_Throws(string value) =>
        Assert.Throws<ArgumentException>(() => new GrpcMetadata().Add("key", value));

    [Fact]
    public void Add_BytesUnderATextKey_Throws() =>
        Assert.Throws<ArgumentException>(() => new GrpcMetadata().Add("key", new byte[] { 1 }.AsSpan()));

    [Fact]
    public void GetText_SeveralValues_IsTheLastAndAllAreKeptInOrder()
    {
        var metadata = new GrpcMetadata();
        metadata.Add("key", "one");
        metadata.Add("other", "x");
        metadata.Add("key", "two");

        Assert.Equal("two", metadata.GetText("key"));
        Assert.Equal(["one", "x", "two"], metadata.Select(e => e.Text));
        Assert.Null(metadata.GetText("missing"));
    }

    [Theory]
    [InlineData("AQID")]
    [InlineData("AQIDBA==")]
    [InlineData("AQIDBA")]
    public void AddReceived_Base64WithAndWithoutPadding_IsDecoded(string text)
    {
        var metadata = new GrpcMetadata();
        metadata.AddReceived("Key-Bin", text);

        Assert.True(metadata.TryGetBytes("key-bin", out ReadOnlyMemory<byte> bytes));
        Assert.Equal([1, 2, 3], bytes[..3].ToArray());
    }

    [Fact]
    public void AddReceived_JoinedBinaryValues_AreSplitAndBrokenOnesDropped()
    {
        var metadata = new GrpcMetadata();
        metadata.AddReceived("key-bin", "AQ==, !!! ,Ag");

        Assert.Equal([[1], [2]], metadata.Select(e => e.Bytes.ToArray()));
    }
}
