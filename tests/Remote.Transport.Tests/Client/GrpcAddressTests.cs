using System.Net;
using System.Net.Sockets;

namespace Remote.Transport.Tests;

public sealed class GrpcAddressTests
{
    [Theory]
    [InlineData("localhost:80", "localhost", 80, "localhost:80", false)]
    [InlineData("127.0.0.1:5000", "127.0.0.1", 5000, "127.0.0.1:5000", false)]
    [InlineData("[::1]:5000", "::1", 5000, "[::1]:5000", false)]
    [InlineData("http://example", "example", 80, "example", false)]
    [InlineData("https://example/", "example", 443, "example", true)]
    [InlineData("HTTPS://example:8443", "example", 8443, "example:8443", true)]
    public void Parse_Address_IsUnderstood(string text, string host, int port, string authority, bool https)
    {
        GrpcAddress address = GrpcAddress.Parse(text, preferTls: false);
        var endPoint = Assert.IsType<DnsEndPoint>(address.EndPoint);
        Assert.Equal((host, port, authority, https), (endPoint.Host, endPoint.Port, address.Authority, address.IsHttps));
    }

    [Fact]
    public void Parse_UnixAddress_IsASocketPath() =>
        Assert.Equal("/tmp/x.sock", Assert.IsType<UnixDomainSocketEndPoint>(GrpcAddress.Parse("unix:///tmp/x.sock", preferTls: false).EndPoint).ToString());

    [Theory]
    [InlineData("localhost:80", true)]
    [InlineData("http://localhost:80", false)]
    public void Parse_WithTlsOptions_SchemeWins(string text, bool https) =>
        Assert.Equal(https, GrpcAddress.Parse(text, preferTls: true).IsHttps);

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
    public void Parse_WhatIsNoAddress_Throws(string text) =>
        Assert.ThrowsAny<ArgumentException>(() => GrpcAddress.Parse(text, preferTls: false));
}
