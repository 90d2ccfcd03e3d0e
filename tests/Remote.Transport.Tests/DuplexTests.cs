using System.Text;

namespace Remote.Transport.Tests;

public sealed class DuplexTests
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    [Fact]
    [Trait("Behaviour", "T-01")]
    public async Task DuplexAsync_EchoHandler_RoundTripsFramesAndEndsOK()
    {
        var options = new GrpcServerOptions().Listen("127.0.0.1", 0);
        options.Methods.Add("/test.Echo/Duplex", async stream =>
        {
            while (await stream.Reader.ReadAsync())
            {
                await stream.WriteMessageAsync(stream.Reader.Message);
            }
        });
        await using GrpcServer server = await GrpcServer.StartAsync(options);
        await using var client = new GrpcClient(server.Addresses[0]);

        await using GrpcDuplexCall call = await client.DuplexAsync("/test.Echo/Duplex").AsTask().WaitAsync(Ceiling);
        var frame = new byte[GrpcFrameWriter.PrefixLength + 5];
        GrpcFrameWriter.WritePrefix(frame, 5);
        Encoding.ASCII.GetBytes("hello", frame.AsSpan(GrpcFrameWriter.PrefixLength));
        for (int i = 0; i < 10; i++)
        {
            await call.WriteFrameAsync(frame).AsTask().WaitAsync(Ceiling);
            Assert.True(await call.Reader.ReadAsync().AsTask().WaitAsync(Ceiling));
            Assert.Equal("hello", Encoding.ASCII.GetString(call.Reader.Message));
        }

        await call.CompleteAsync();
        Assert.False(await call.Reader.ReadAsync().AsTask().WaitAsync(Ceiling));
        Assert.Equal(GrpcStatusCode.OK, call.Status?.Code);
    }
}
