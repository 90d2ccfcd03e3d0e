using System.Net;
using System.Net.Sockets;
using Grpc.Core;

namespace Remote.Tests;

public sealed class NodeListenerTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1:")]
    [InlineData("::1", "[::1]:")]
    public async Task StartAsync_PortZero_TakesAPortThatCanBeReadBack(string host, string prefix)
    {
        await using var listener = await StartAsync(new IPEndPoint(IPAddress.Parse(host), 0));

        Assert.StartsWith(prefix, listener.Address, StringComparison.Ordinal);
        Assert.NotEqual(0, IPEndPoint.Parse(listener.Address).Port);
    }

    [Fact]
    public async Task StartAsync_Name_IsResolved()
    {
        await using var listener = await StartAsync(new DnsEndPoint("localhost", 0));

        Assert.True(IPAddress.IsLoopback(IPEndPoint.Parse(listener.Address).Address));
    }

    [Fact]
    public async Task StartAsync_PortInUse_Throws()
    {
        await using var first = await StartAsync(new IPEndPoint(IPAddress.Loopback, 0));

        await Assert.ThrowsAnyAsync<IOException>(() => StartAsync(IPEndPoint.Parse(first.Address)));
    }

    [Fact]
    public async Task StopAsync_WithOpenCalls_ThePortCanBeBoundAgainAtOnce()
    {
        var port = 0;
        for (var i = 0; i < 5; i++)
        {
            var listener = await StartAsync(new IPEndPoint(IPAddress.Loopback, port));
            port = IPEndPoint.Parse(listener.Address).Port;
            await using var channel = Loopback.ChannelTo(listener.Address);
            var call = channel.Receive();
            await call.AssertEchoAsync("hello");

            await listener.DisposeAsync().AsTask().Within($"stop {i}");

            await call.ReadFailsAsync(StatusCode.Unavailable);
        }
    }

    [Fact]
    public async Task StopAsync_WaitsForOpenCallsAndRefusesNewOnes()
    {
        await using var loopback = await Loopback.StartAsync(LoopbackCalls.EchoAsync);
        var call = await loopback.ConverseAsync();

        var stop = loopback.Listener.StopAsync();
        var secondStop = loopback.Listener.StopAsync();
        await using var late = Loopback.ChannelTo(loopback.Listener.Address);
        await late.Receive().ReadFailsAsync(StatusCode.Unavailable);
        Assert.False(stop.IsCompleted);
        await call.AssertEchoAsync("still here");
        await call.CompleteAsync();
        Assert.False(await call.Reader.ReadAsync().AsTask().Within("the end"));

        await stop.Within("the stop");
        await secondStop.Within("the second stop");
    }

    [Fact]
    public async Task StopAsync_LessPatientSecondCaller_EndsTheWaiting()
    {
        await using var loopback = await Loopback.StartAsync(LoopbackCalls.EchoAsync);
        var call = await loopback.ConverseAsync();
        var patient = loopback.Listener.StopAsync();

        await loopback.Listener.StopAsync(new CancellationToken(canceled: true)).Within("the impatient stop");

        await patient.Within("the patient stop");
        await call.ReadFailsAsync(StatusCode.Unavailable);
    }

    [Fact]
    public async Task Configure_SeesEveryConnectionFromAcceptToClose()
    {
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Loopback.StartAsync(LoopbackCalls.EchoAsync, listen: settings => settings with
        {
            Configure = listen => listen.Use(next => async connection =>
            {
                opened.SetResult();
                await next(connection);
                closed.SetResult();
            }),
        });
        using (var silent = new TcpClient())
        {
            await silent.ConnectAsync(IPEndPoint.Parse(loopback.Listener.Address)).Within("the connection");
            await opened.Task.Within("the middleware to see a connection that sent nothing");
        }

        await closed.Task.Within("the middleware to see its end");
    }

    [Fact]
    [Trait("Behaviour", "T-15")]
    public async Task MaxConnections_Reached_FurtherOnesAreClosed()
    {
        await using var loopback = await Loopback.StartAsync(
            LoopbackCalls.EchoAsync, listen: settings => settings with { Transport = new TransportOptions { MaxConnections = 1 } });
        await loopback.ConverseAsync();

        await using var second = Loopback.ChannelTo(loopback.Listener.Address);

        await second.Receive().ReadFailsAsync(StatusCode.Unavailable);
    }

    private static Task<NodeListener> StartAsync(EndPoint endPoint) =>
        NodeListener.StartAsync(new ListenerSettings(endPoint, new PlayedCalls.PlayedHandler(LoopbackCalls.EchoAsync))).Within("the start");
}
