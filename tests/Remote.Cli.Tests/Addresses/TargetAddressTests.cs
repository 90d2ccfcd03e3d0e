namespace Remote.Cli.Tests.Addresses;

[Trait("Behaviour", "O-04")]
public sealed class TargetAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:5070", "127.0.0.1", 5070)]
    [InlineData("node1.example:5070", "node1.example", 5070)]
    [InlineData("Node1.Example.:5070", "node1.example", 5070)]
    [InlineData("[::1]:5070", "::1", 5070)]
    public void Parse_HostAndPort_Connects(string text, string host, int port)
    {
        var address = TargetAddress.Parse(text);

        Assert.Equal((host, port, false), (address.Host, address.Port, address.IsUnix));
    }

    [Fact]
    public void Parse_UnixPath_Connects()
    {
        var address = TargetAddress.Parse("unix:///run/shop/node.sock");

        Assert.Equal((true, "/run/shop/node.sock"), (address.IsUnix, address.Path));
    }

    [Theory]
    [InlineData("http://127.0.0.1:5070", "write 127.0.0.1:5070")]
    [InlineData("https://node1:5070/", "write node1:5070, with --tls")]
    [InlineData("127.0.0.1", "write 127.0.0.1:PORT")]
    [InlineData("node1:", "write node1:PORT")]
    [InlineData("[::1]", "write [::1]:PORT")]
    [InlineData("127.0.0.1:5070 ", "write 127.0.0.1:5070")]
    [InlineData(" node1:5070", "write node1:5070")]
    [InlineData("::1:5070", "write [::1]:5070")]
    [InlineData("::1", "write [::1]:PORT")]
    [InlineData("fe80::1:5070", "write [fe80::1]:5070")]
    [InlineData("127.0.0.1:5070/", "write 127.0.0.1:5070")]
    [InlineData("127.0.0.1:70000", "a number from 1 to 65535")]
    [InlineData("127.0.0.1:0", "a number from 1 to 65535")]
    [InlineData("127.0.0.1:http", "a number from 1 to 65535")]
    [InlineData("0.0.0.0:5070", "write 127.0.0.1:5070")]
    [InlineData("[::]:5070", "write [::1]:5070")]
    [InlineData(":5070", "write 127.0.0.1:5070")]
    [InlineData("", "write host:port")]
    [InlineData("no de:5070", "write host:port")]
    [InlineData("/run/node.sock", "write unix:///run/node.sock")]
    [InlineData("unix:/run/node.sock", "write unix:///run/node.sock")]
    [InlineData("unix://run/node.sock", "write unix:///run/node.sock")]
    [InlineData("unix:node.sock", "write unix:///full/path/of/node.sock")]
    [InlineData("unix:///run/", "is a directory")]
    public void Parse_WrittenWrongly_SaysTheRightSpelling(string text, string right)
    {
        var failure = Assert.Throws<FailureException>(() => TargetAddress.Parse(text)).Failure;

        Assert.Equal(ExitCode.Usage, failure.ExitCode);
        Assert.Contains(right, failure.What, StringComparison.Ordinal);
    }
}
