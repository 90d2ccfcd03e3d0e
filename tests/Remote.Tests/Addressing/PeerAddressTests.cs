namespace Remote.Tests;

public sealed class PeerAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:8000")]
    [InlineData("localhost:1")]
    [InlineData("node-7.example.org:65535")]
    [InlineData("[::1]:8000")]
    [InlineData("unix:///run/remote/node.sock")]
    public void IsValid_CanBeDialled_True(string address) => Assert.True(PeerAddress.IsValid(address));

    [Theory]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData(":8000")]
    [InlineData("localhost:")]
    [InlineData("localhost:0")]
    [InlineData("localhost:65536")]
    [InlineData("localhost:-1")]
    [InlineData("localhost:+80")]
    [InlineData("local host:80")]
    [InlineData("http://localhost:80")]
    [InlineData("unix://")]
    [InlineData("unix://relative")]
    [InlineData("$client/abc")]
    public void IsValid_CannotBeDialled_False(string address) => Assert.False(PeerAddress.IsValid(address));

    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1:80")]
    [InlineData("::1", "[::1]:80")]
    [InlineData("[::1]", "[::1]:80")]
    public void Of_PutsIPv6IntoBrackets(string host, string address) => Assert.Equal(address, PeerAddress.Of(host, 80));
}
