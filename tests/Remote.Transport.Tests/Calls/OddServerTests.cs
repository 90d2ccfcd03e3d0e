using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Remote.Transport.Tests;

[Trait("Behaviour", "T-02")]
public sealed class OddServerTests
{
    [Theory]
    [InlineData(401, GrpcStatusCode.Unauthenticated)]
    [InlineData(403, GrpcStatusCode.PermissionDenied)]
    [InlineData(404, GrpcStatusCode.Unimplemented)]
    [InlineData(503, GrpcStatusCode.Unavailable)]
    [InlineData(500, GrpcStatusCode.Unknown)]
    public async Task HttpStatusInsteadOfGrpc_IsMapped(int http, GrpcStatusCode expected)
    {
        GrpcException exception = await CallAsync(expected, context =>
        {
            context.Response.StatusCode = http;
            return context.Response.WriteAsync("<html>sorry</html>");
        });

        Assert.Contains($"{http}", exception.Status.Detail);
    }

    [Fact]
    public async Task HttpErrorWithAGrpcStatus_TheGrpcStatusWins() => await CallAsync(GrpcStatusCode.Aborted, context =>
    {
        context.Response.StatusCode = 503;
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-status"] = "10";
        return Task.CompletedTask;
    });

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/grpc-web")]
    [InlineData(null)]
    public async Task AnswerOfAnotherType_IsUnknown(string? contentType) => await CallAsync(GrpcStatusCode.Unknown, context =>
    {
        context.Response.ContentType = contentType;
        return context.Response.WriteAsync("hello");
    });

    [Fact]
    public async Task NoStatusAtAll_IsInternal() => await CallAsync(GrpcStatusCode.Internal, async context =>
    {
        context.Response.ContentType = "application/grpc";
        await context.Response.BodyWriter.WriteAsync(Frames.Frame("x"));
    });

    [Theory]
    [InlineData("17", GrpcStatusCode.Unknown)]
    [InlineData("abc", GrpcStatusCode.Unknown)]
    public async Task StatusNobodyKnows_IsUnknown(string status, GrpcStatusCode expected) => await CallAsync(expected, context =>
    {
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-status"] = status;
        return Task.CompletedTask;
    });

    [Fact]
    public async Task EndInTheMiddleOfAMessage_IsInternal() => await CallAsync(GrpcStatusCode.Internal, async context =>
    {
        context.Response.ContentType = "application/grpc";
        await context.Response.BodyWriter.WriteAsync(Frames.Frame("truncated").AsMemory(0, 8));
        context.Response.AppendTrailer("grpc-status", "0");
    });

    [Theory]
    [InlineData(0x0, GrpcStatusCode.Internal)]
    [InlineData(0x2, GrpcStatusCode.Internal)]
    [InlineData(0x7, GrpcStatusCode.Unavailable)]
    [InlineData(0x8, GrpcStatusCode.Cancelled)]
    [InlineData(0xB, GrpcStatusCode.ResourceExhausted)]
    [InlineData(0xC, GrpcStatusCode.PermissionDenied)]
    public async Task ResetAfterHeaders_IsMappedFromTheErrorCode(int error, GrpcStatusCode expected) => await CallAsync(expected, async context =>
    {
        context.Response.ContentType = "application/grpc";
        await context.Response.BodyWriter.WriteAsync(Frames.Frame("x").AsMemory(0, 3));
        context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(error);
    });

    [Theory]
    [InlineData(0x8, GrpcStatusCode.Cancelled)]
    [InlineData(0x2, GrpcStatusCode.Internal)]
    public async Task ResetBeforeHeaders_IsMappedFromTheErrorCode(int error, GrpcStatusCode expected) => await CallAsync(expected, context =>
    {
        context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(error);
        return Task.CompletedTask;
    });

    private static async Task<GrpcException> CallAsync(GrpcStatusCode expected, RequestDelegate answer)
    {
        await using OddServer server = await OddServer.StartAsync(answer);
        await using var client = new GrpcClient(server.Address);
        return await Frames.FailsAsync(() => client.UnaryBytesAsync("/t.S/Odd", [1, 2, 3]).Within("the status"), expected);
    }
}
