using System.Net;
using System.Net.Sockets;

namespace Remote.Tests;

public sealed class PeerTargetTests
{
    [Theory]
    [InlineData("localhost:80", "localhost", 80)]
    [InlineData("127.0.0.1:5000", "127.0.0.1", 5000)]
    [InlineData("[::1]:5000", "::1", 5000)]
    public void Parse_Address_IsUnderstood(string text, string host, int port)
    {
        var target = PeerTarget.Parse(text);
        var endPoint = Assert.IsType<DnsEndPoint>(target.EndPoint);

        Assert.Equal((host, port, text), (endPoint.Host, endPoint.Port, target.Authority));
    }

    [Fact]
    public void Parse_UnixAddress_IsASocketPath() =>
        Assert.Equal("/tmp/x.sock", Assert.IsType<UnixDomainSocketEndPoint>(PeerTarget.Parse("unix:///tmp/x.sock").EndPoint).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData("localhost:")]
    [InlineData("localhost:0")]
    [InlineData("localhost:65536")]
    [InlineData("localhost:-1")]
    [InlineData(":80")]
    [InlineData("user@host:80")]
    [InlineData("http://host/path")]
    [InlineData("unix://relative")]
    [InlineData("a b:80")]
    public void Parse_WhatIsNoAddress_Throws(string text)
    {
        var failure = Assert.Throws<RemoteException>(() => PeerTarget.Parse(text));

        Assert.Equal((RemoteError.InvalidAddress, text), (failure.Error, failure.Address));
    }
}
