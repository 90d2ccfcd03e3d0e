namespace Remote.Transport.Tests;

public sealed class GrpcStatusMappingTests
{
    [Theory]
    [InlineData(400, GrpcStatusCode.Internal)]
    [InlineData(401, GrpcStatusCode.Unauthenticated)]
    [InlineData(403, GrpcStatusCode.PermissionDenied)]
    [InlineData(404, GrpcStatusCode.Unimplemented)]
    [InlineData(429, GrpcStatusCode.Unavailable)]
    [InlineData(502, GrpcStatusCode.Unavailable)]
    [InlineData(503, GrpcStatusCode.Unavailable)]
    [InlineData(504, GrpcStatusCode.Unavailable)]
    [InlineData(500, GrpcStatusCode.Unknown)]
    [InlineData(301, GrpcStatusCode.Unknown)]
    [Trait("Behaviour", "T-02")]
    public void FromHttpStatus_FollowsTheSpecification(int http, GrpcStatusCode expected) =>
        Assert.Equal(expected, GrpcStatusMapping.FromHttpStatus(http));

    [Theory]
    [InlineData(0x0, GrpcStatusCode.Internal)]
    [InlineData(0x1, GrpcStatusCode.Internal)]
    [InlineData(0x7, GrpcStatusCode.Unavailable)]
    [InlineData(0x8, GrpcStatusCode.Cancelled)]
    [InlineData(0xB, GrpcStatusCode.ResourceExhausted)]
    [InlineData(0xC, GrpcStatusCode.PermissionDenied)]
    [InlineData(0xFF, GrpcStatusCode.Internal)]
    [Trait("Behaviour", "T-02")]
    public void FromHttp2Error_FollowsTheSpecification(long error, GrpcStatusCode expected) =>
        Assert.Equal(expected, GrpcStatusMapping.FromHttp2Error(error));

    [Theory]
    [InlineData("0", GrpcStatusCode.OK)]
    [InlineData("16", GrpcStatusCode.Unauthenticated)]
    [InlineData("17", GrpcStatusCode.Unknown)]
    [InlineData("-1", GrpcStatusCode.Unknown)]
    [InlineData("x", GrpcStatusCode.Unknown)]
    [InlineData("", GrpcStatusCode.Unknown)]
    [InlineData(null, GrpcStatusCode.Unknown)]
    public void ParseCode_WhatIsNoKnownCode_IsUnknown(string? text, GrpcStatusCode expected) =>
        Assert.Equal(expected, GrpcStatusMapping.ParseCode(text));
}
