namespace Remote.Transport.Tests;

[Trait("Behaviour", "T-03")]
public sealed class LimitTests
{
    [Fact]
    public async Task RequestLargerThanTheServersLimit_IsResourceExhausted()
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Echo", Frames.EchoAsync), options => options.MaxReceiveMessageBytes = 1000);

        Assert.Equal(1000, (await loopback.Client.UnaryBytesAsync("/t.S/Echo", new byte[1000]).Within("the answer")).Length);
        await Frames.FailsAsync(() => loopback.Client.UnaryBytesAsync("/t.S/Echo", new byte[1001]).Within("the status"), GrpcStatusCode.ResourceExhausted);
    }

    [Fact]
    public async Task ResponseLargerThanTheClientsLimit_IsResourceExhaustedAndResetsTheCall()
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Loopback loopback = await Loopback.StartAsync(
            m => m.Add("/t.S/Large", async stream =>
            {
                await using CancellationTokenRegistration _ = stream.CancellationToken.Register(cancelled.SetResult);
                await stream.WriteAsync(new byte[1001]);
                await cancelled.Task;
            }),
            client: options => options.MaxReceiveMessageBytes = 1000);

        await Frames.FailsAsync(() => loopback.Client.UnaryBytesAsync("/t.S/Large", []).Within("the status"), GrpcStatusCode.ResourceExhausted);
        await cancelled.Task.Within("the server to learn of it");
    }

    [Fact]
    public async Task LimitOfTheCall_WinsOverThatOfTheClient()
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Echo", Frames.EchoAsync), client: options => options.MaxReceiveMessageBytes = 10);

        var options = new GrpcCallOptions { MaxReceiveMessageBytes = 2000 };
        Assert.Equal(2000, (await loopback.Client.UnaryBytesAsync("/t.S/Echo", new byte[2000], options).Within("the answer")).Length);
    }

    [Theory]
    [InlineData("gzip", "0")]
    [InlineData("snappy", "12")]
    [InlineData(null, "13")]
    public async Task CompressedRequest_IsInflatedOrRefused(string? encoding, string expectedStatus)
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Echo", Frames.EchoAsync));
        using var http = new RawHttp2(loopback.Server.Addresses[0]);
        var target = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(target, System.IO.Compression.CompressionLevel.Fastest))
        {
            gzip.Write("squeezed"u8);
        }

        (string, string)[] headers = encoding is null ? [] : [("grpc-encoding", encoding)];
        using HttpResponseMessage response = await http.PostAsync("/t.S/Echo", Frames.Frame(target.ToArray(), compressed: true), headers).Within("the answer");
        byte[] body = await response.Content.ReadAsByteArrayAsync().Within("the body");

        Assert.Equal("identity,gzip", response.Headers.GetValues("grpc-accept-encoding").Single());
        Assert.Equal(expectedStatus, response.TrailingHeaders.GetValues("grpc-status").Single());
        Assert.Equal(encoding == "gzip" ? Frames.Frame("squeezed") : [], body);
    }
}
