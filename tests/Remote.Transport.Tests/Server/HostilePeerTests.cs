using System.Net;
using System.Net.Sockets;
using System.Text;
using Remote.Testing;

namespace Remote.Transport.Tests;

[Trait("Behaviour", "T-06")]
public sealed class HostilePeerTests
{
    [Theory]
    [InlineData(NetworkDirection.ToServer)]
    [InlineData(NetworkDirection.ToClient)]
    public async Task ConnectionCutAfterAnyByte_EndsTheCallOnBothSides(NetworkDirection direction)
    {
        // The whole conversation is about 400 bytes towards the server and 300 back.
        for (int bytes = 1; bytes < 450; bytes += 7)
        {
            await using var network = new InMemoryNetwork();
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            int started = 0;
            await using Loopback loopback = await Loopback.StartAsync(
                m => m.Add("/t.S/Echo", async stream =>
                {
                    Interlocked.Increment(ref started);
                    try
                    {
                        await Frames.EchoAsync(stream);
                    }
                    finally
                    {
                        ended.TrySetResult();
                    }
                }),
                server => server.ListenerFactory = network,
                client => client.ConnectCallback = async (endPoint, cancellation) =>
                {
                    Stream stream = await network.ConnectAsync(endPoint, cancellation);
                    network.Connections[0].CutAfter(direction, bytes);
                    return stream;
                });

            Exception? failure = await Record.ExceptionAsync(() => ConverseAsync(loopback.Client).Within($"the call whose connection was cut after {bytes} bytes"));

            Assert.True(failure is null or GrpcException { Status.Code: GrpcStatusCode.Unavailable or GrpcStatusCode.Internal or GrpcStatusCode.Cancelled }, $"after {bytes} bytes: {failure}");
            await loopback.Client.DisposeAsync();
            if (started > 0)
            {
                await ended.Task.Within($"the handler whose connection was cut after {bytes} bytes");
            }
        }
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF")]
    public async Task BytesThatAreNoHttp2_TheConnectionIsClosedAndOthersGoOn(string text)
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Echo", Frames.EchoAsync));
        using var socket = new TcpClient();
        await socket.ConnectAsync((IPEndPoint)loopback.Server.EndPoints[0]).Within("the connection");
        await socket.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text)).Within("the garbage");

        await ReadToEndAsync(socket.GetStream()).Within("the close");

        Assert.Equal([1], await loopback.Client.UnaryBytesAsync("/t.S/Echo", [1]).Within("another client"));
    }

    [Fact]
    public async Task CallsOpenedAndReset_ByTheHundred_LeaveTheServerWell()
    {
        int open = 0;
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Wait", async stream =>
        {
            Interlocked.Increment(ref open);
            try
            {
                await stream.StartAsync();
                await stream.Reader.ReadAsync();
            }
            finally
            {
                Interlocked.Decrement(ref open);
            }
        }).Add("/t.S/Echo", Frames.EchoAsync));
        // The web server says so when it closes a connection that resets too much.
        loopback.ExpectsErrors = true;
        for (int i = 0; i < TestScale.Count(5000); i++)
        {
            try
            {
                (await loopback.Client.DuplexAsync("/t.S/Wait").Within("the call to open")).Abort();
            }
            catch (GrpcException)
            {
                // It did; the next call dials anew.
            }
        }

        await using var other = new GrpcClient(loopback.Server.Addresses[0]);
        Assert.Equal([1], await other.UnaryBytesAsync("/t.S/Echo", [1]).Within("another client"));
        await loopback.Client.DisposeAsync();
        await loopback.Server.StopAsync().Within("every handler to end");
        Assert.Equal(0, open);
    }

    [Fact]
    public async Task MetadataBeyondTheServersLimit_FailsThatCallOnly()
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Echo", Frames.EchoAsync));
        var headers = new GrpcMetadata();
        headers.Add("x-large", new string('x', 100_000));

        await Assert.ThrowsAsync<GrpcException>(() => loopback.Client.UnaryBytesAsync("/t.S/Echo", [1], new GrpcCallOptions { Headers = headers }).Within("the refusal"));
        Assert.Equal([1], await loopback.Client.UnaryBytesAsync("/t.S/Echo", [1]).Within("the next call"));
    }

    private static async Task ConverseAsync(GrpcClient client)
    {
        using GrpcDuplexCall call = await client.DuplexAsync("/t.S/Echo");
        for (int i = 0; i < 5; i++)
        {
            await call.WriteAsync(Frames.Message("hello"));
            Assert.True(await call.Reader.ReadAsync());
        }

        await call.CompleteAsync();
        Assert.False(await call.Reader.ReadAsync());
    }

    private static async Task ReadToEndAsync(Stream stream)
    {
        var buffer = new byte[4096];
        try
        {
            while (await stream.ReadAsync(buffer) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A reset is a close, too.
        }
    }
}
