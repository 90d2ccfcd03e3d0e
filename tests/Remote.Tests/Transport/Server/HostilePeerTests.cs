using System.Net;
using System.Net.Sockets;
using System.Text;
using Grpc.Core;
using Remote.Testing;

namespace Remote.Tests;

[Trait("Behaviour", "T-16")]
public sealed class HostilePeerTests
{
    [Theory]
    [InlineData(NetworkDirection.ToServer)]
    [InlineData(NetworkDirection.ToClient)]
    public async Task ConnectionCutAfterAnyByte_EndsTheCallOnBothSides(NetworkDirection direction)
    {
        // The whole conversation is about 400 bytes towards the server and 300 back.
        for (var bytes = 1; bytes < 450; bytes += 7)
        {
            await using var network = new InMemoryNetwork();
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var started = 0;
            var cut = bytes;
            await using var loopback = await Loopback.StartAsync(
                async call =>
                {
                    Interlocked.Increment(ref started);
                    try
                    {
                        await LoopbackCalls.EchoAsync(call);
                    }
                    finally
                    {
                        ended.TrySetResult();
                    }
                },
                network,
                dial: settings => settings with
                {
                    Connect = async (endPoint, cancellation) =>
                    {
                        var stream = await network.ConnectAsync(endPoint, cancellation);
                        network.Connections[^1].CutAfter(direction, cut);
                        return stream;
                    },
                });

            var failure = await Record.ExceptionAsync(() => ConverseAsync(loopback.Channel).Within($"the call whose connection was cut after {bytes} bytes"));

            // A cut is never taken for a verdict, wherever it comes.
            Assert.True(failure is null or RpcException { StatusCode: StatusCode.Unavailable or StatusCode.Cancelled }, $"after {bytes} bytes: {failure}");
            await loopback.Channel.DisposeAsync();
            if (Volatile.Read(ref started) > 0)
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
        await using var loopback = await Loopback.StartAsync(LoopbackCalls.EchoAsync);
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPEndPoint.Parse(loopback.Listener.Address)).Within("the connection");
        await socket.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text)).AsTask().Within("the garbage");

        await ReadToEndAsync(socket.GetStream()).Within("the close");

        await loopback.ConverseAsync();
    }

    [Fact]
    public async Task CallsOpenedAndReset_ByTheHundred_LeaveTheServerWell()
    {
        var open = 0;
        await using var loopback = await Loopback.StartAsync(async call =>
        {
            Interlocked.Increment(ref open);
            try
            {
                await LoopbackCalls.EchoAsync(call);
            }
            finally
            {
                Interlocked.Decrement(ref open);
            }
        });
        for (var i = 0; i < TestScale.Count(5000); i++)
        {
            // The web server closes a connection that resets too much, and the channel dials anew.
            var call = loopback.Channel.Receive();
            _ = await Record.ExceptionAsync(() => call.WriteTextAsync("x"));
            call.Abort();
        }

        await using var other = Loopback.ChannelTo(loopback.Listener.Address);
        await other.Receive().AssertEchoAsync("another client");
        await other.DisposeAsync();
        await loopback.Channel.DisposeAsync();
        await loopback.Listener.StopAsync().Within("every handler to end");
        Assert.Equal(0, Volatile.Read(ref open));
    }

    [Fact]
    public async Task HeadersBeyondTheServersLimit_FailThatRequestOnly()
    {
        await using var loopback = await Loopback.StartAsync(LoopbackCalls.EchoAsync);
        using var http = new RawHttp2(loopback.Listener.Address);

        _ = await Record.ExceptionAsync(() => http.PostAsync("/remote.Remoting/Receive", [], ("x-large", new string('x', 100_000))));

        await loopback.ConverseAsync();
    }

    [Theory]
    [InlineData("GET", "application/grpc", 404)]
    [InlineData("POST", "application/json", 415)]
    [InlineData("POST", "application/grpc-web", 415)]
    [InlineData("POST", null, 415)]
    [InlineData("POST", "application/grpc+proto", 200)]
    public async Task Request_ThatIsNoGrpc_IsRefusedByHttp(string method, string? contentType, int expected)
    {
        await using var loopback = await Loopback.StartAsync(LoopbackCalls.EchoAsync);
        using var http = new RawHttp2(loopback.Listener.Address);

        using var response = await http.SendAsync(method, "/remote.Remoting/Receive", [], contentType);

        Assert.Equal(expected, (int)response.StatusCode);
    }

    private static async Task ConverseAsync(PeerChannel channel)
    {
        var call = channel.Receive();
        for (var i = 0; i < 5; i++)
        {
            await call.WriteAsync(LoopbackCalls.Bytes("hello"));
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
                // Whatever it says.
            }
        }
        catch (IOException)
        {
            // A reset is a close, too.
        }
    }
}
