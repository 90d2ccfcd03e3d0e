using Google.Protobuf.WellKnownTypes;

namespace Remote.Transport.Tests;

[Trait("Behaviour", "T-02")]
public sealed class StatusTests
{
    public static TheoryData<GrpcStatusCode> Failures => [.. System.Enum.GetValues<GrpcStatusCode>().Where(c => c != GrpcStatusCode.OK)];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task HandlerThrowsBeforeAnyMessage_CodeAndMessageArrive(GrpcStatusCode code)
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Fail", _ => throw new GrpcException(code, "Größe 100%\n\U0001F600")));

        GrpcException exception = await Frames.FailsAsync(() => loopback.Client.UnaryBytesAsync("/t.S/Fail", []).Within("the status"), code);

        Assert.Equal("Größe 100%\n\U0001F600", exception.Status.Detail);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task HandlerThrowsAfterAMessage_MessageThenStatusArrive(GrpcStatusCode code)
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Fail", async stream =>
        {
            await stream.WriteAsync(Frames.Message("first"));
            var trailers = new GrpcMetadata();
            trailers.Add("reason", "because");
            throw new GrpcException(code, "then") { Trailers = trailers };
        }));
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Fail").Within("the call to open");

        Assert.True(await call.Reader.ReadAsync().Within("the message"));
        Assert.Equal("first", call.Reader.Text());
        GrpcException exception = await Frames.FailsAsync(() => call.Reader.ReadAsync().Within("the status"), code);

        Assert.Equal("then", exception.Status.Detail);
        Assert.Equal("because", exception.Trailers?.GetText("reason"));
        Assert.Equal("because", call.Trailers?.GetText("reason"));
        Assert.Equal(new GrpcStatus(code, "then"), call.Status);
    }

    [Fact]
    public async Task HandlerThrowsSomethingElse_IsUnknownWithoutDetails()
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Fail", _ => throw new InvalidOperationException("secret")));
        loopback.ExpectsErrors = true;

        GrpcException exception = await Frames.FailsAsync(() => loopback.Client.UnaryBytesAsync("/t.S/Fail", []).Within("the status"), GrpcStatusCode.Unknown);

        Assert.DoesNotContain("secret", exception.ToString());
        Assert.Contains(loopback.Log.Errors, e => e.Contains("secret") && e.Contains("/t.S/Fail"));
    }

    [Fact]
    public async Task HandlerThrowsSomethingElse_DetailsOnlyWhenAskedFor()
    {
        await using Loopback loopback = await Loopback.StartAsync(
            m => m.Add("/t.S/Fail", _ => throw new InvalidOperationException("visible")), options => options.IncludeExceptionDetails = true);
        loopback.ExpectsErrors = true;

        GrpcException exception = await Frames.FailsAsync(() => loopback.Client.UnaryBytesAsync("/t.S/Fail", []).Within("the status"), GrpcStatusCode.Unknown);

        Assert.Equal("InvalidOperationException: visible", exception.Status.Detail);
    }

    [Fact]
    public async Task MethodOrServiceThatIsNotThere_IsUnimplemented()
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/There", Frames.EchoAsync));

        await Frames.FailsAsync(() => loopback.Client.UnaryBytesAsync("/t.S/Missing", []).Within("the status"), GrpcStatusCode.Unimplemented);
        await Frames.FailsAsync(() => loopback.Client.UnaryBytesAsync("/t.Missing/There", []).Within("the status"), GrpcStatusCode.Unimplemented);
    }

    [Fact]
    public async Task Answer_OnTheWire_IsTrailersOnlyWhenThereIsNoMessage()
    {
        await using Loopback loopback = await Loopback.StartAsync(m =>
        {
            m.Add("/t.S/Fail", _ => throw new GrpcException(GrpcStatusCode.NotFound, "nothing"));
            m.Add("/t.S/Echo", Frames.EchoAsync);
            m.AddUnary("/t.S/Unary", (request, response, _) =>
            {
                System.Buffers.BuffersExtensions.Write(response, System.Buffers.BuffersExtensions.ToArray(request));
                return Task.CompletedTask;
            });
        });
        using var http = new RawHttp2(loopback.Server.Addresses[0]);

        using HttpResponseMessage alone = await http.PostAsync("/t.S/Fail", []).Within("the answer");
        Assert.Equal("5", alone.Headers.GetValues("grpc-status").Single());
        Assert.Equal("nothing", alone.Headers.GetValues("grpc-message").Single());
        Assert.Empty(alone.TrailingHeaders);

        using HttpResponseMessage full = await http.PostAsync("/t.S/Echo", Frames.Frame("x")).Within("the answer");
        Assert.Equal(Frames.Frame("x"), await full.Content.ReadAsByteArrayAsync().Within("the body"));
        Assert.False(full.Headers.Contains("grpc-status"));
        Assert.Equal("0", full.TrailingHeaders.GetValues("grpc-status").Single());

        using HttpResponseMessage unary = await http.PostAsync("/t.S/Unary", Frames.Frame("y")).Within("the answer");
        Assert.Equal(Frames.Frame("y"), await unary.Content.ReadAsByteArrayAsync().Within("the body"));
        Assert.False(unary.Headers.Contains("grpc-status"));
        Assert.Equal("0", unary.TrailingHeaders.GetValues("grpc-status").Single());
        Assert.Equal("application/grpc", full.Content.Headers.ContentType?.ToString());
    }

    [Theory]
    [InlineData("GET", "application/grpc", 405)]
    [InlineData("POST", "application/json", 415)]
    [InlineData("POST", "application/grpc-web", 415)]
    [InlineData("POST", null, 415)]
    [InlineData("POST", "application/grpc+proto", 200)]
    [InlineData("POST", "application/grpc;charset=utf-8", 200)]
    public async Task Request_ThatIsNoGrpc_IsRefusedByHttp(string method, string? contentType, int expected)
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Echo", Frames.EchoAsync));
        using var http = new RawHttp2(loopback.Server.Addresses[0]);

        using HttpResponseMessage response = await http.SendAsync(method, "/t.S/Echo", [], contentType).Within("the answer");

        Assert.Equal(expected, (int)response.StatusCode);
    }

    [Fact]
    public async Task CompleteAsync_OnTheServer_EndsTheResponseWhileTheHandlerGoesOn()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Early", async stream =>
        {
            await stream.WriteMessageAsync(new StringValue { Value = "last" });
            await stream.CompleteAsync();
            await release.Task;
        }));
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Early").Within("the call to open");

        Assert.True(await call.Reader.ReadAsync().Within("the message"));
        Assert.False(await call.Reader.ReadAsync().Within("the end"));
        Assert.Equal(GrpcStatus.OK, call.Status);
        release.SetResult();
    }
}
