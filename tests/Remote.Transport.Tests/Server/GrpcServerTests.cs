using System.Net;
using System.Net.Sockets;

namespace Remote.Transport.Tests;

public sealed class GrpcServerTests
{
    [Fact]
    public async Task StartAsync_PortZero_TakesAPortThatCanBeReadBack()
    {
        await using GrpcServer server = await GrpcServer.StartAsync(new GrpcServerOptions().Listen("127.0.0.1", 0).Listen("::1", 0)).Within("the start");

        Assert.Equal(2, server.EndPoints.Count);
        Assert.All(server.EndPoints, e => Assert.NotEqual(0, Assert.IsType<IPEndPoint>(e).Port));
        Assert.StartsWith("127.0.0.1:", server.Addresses[0]);
        Assert.StartsWith("[::1]:", server.Addresses[1]);
    }

    [Fact]
    public async Task StartAsync_NothingToListenOn_Throws() =>
        await Assert.ThrowsAsync<ArgumentException>(() => GrpcServer.StartAsync(new GrpcServerOptions()).Within("the refusal"));

    [Fact]
    public async Task StartAsync_PortInUse_ThrowsAndGivesTheOtherPortsBack()
    {
        await using GrpcServer first = await GrpcServer.StartAsync(new GrpcServerOptions().Listen("127.0.0.1", 0)).Within("the start");
        int taken = ((IPEndPoint)first.EndPoints[0]).Port;
        int free = FreePort();

        await Assert.ThrowsAsync<IOException>(() => GrpcServer.StartAsync(new GrpcServerOptions().Listen("127.0.0.1", free).Listen("127.0.0.1", taken)).Within("the refusal"));

        await using GrpcServer second = await GrpcServer.StartAsync(new GrpcServerOptions().Listen("127.0.0.1", free)).Within("the start on the port that was given back");
    }

    [Fact]
    public async Task StopAsync_WithOpenCalls_ThePortCanBeBoundAgainAtOnce()
    {
        int port = 0;
        for (int i = 0; i < 5; i++)
        {
            var options = new GrpcServerOptions().Listen("127.0.0.1", port);
            options.Methods.Add("/t.S/Echo", Frames.EchoAsync);
            GrpcServer server = await GrpcServer.StartAsync(options).Within($"start {i}");
            port = ((IPEndPoint)server.EndPoints[0]).Port;
            await using var client = new GrpcClient(server.Addresses[0]);
            await using GrpcDuplexCall call = await client.DuplexAsync("/t.S/Echo").Within("the call to open");
            await call.GetResponseHeadersAsync().Within("the headers");

            await server.StopAsync(new CancellationToken(canceled: true)).Within($"stop {i}");

            await Frames.FailsAsync(() => call.Reader.ReadAsync().Within("the end of the call"), GrpcStatusCode.Unavailable);
        }
    }

    [Fact]
    public async Task StopAsync_WaitsForOpenCallsAndRefusesNewOnes()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Loopback loopback = await Loopback.StartAsync(m => m.AddUnary("/t.S/Slow", async (request, response, _) =>
        {
            await release.Task;
            System.Buffers.BuffersExtensions.Write(response, "done"u8);
        }));
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Slow").Within("the call to open");
        await call.WriteAsync(Frames.Message("x")).Within("the request");
        await call.CompleteAsync();
        Task stop = loopback.Server.StopAsync();
        Task secondStop = loopback.Server.StopAsync();
        await using var late = new GrpcClient(loopback.Server.Addresses[0]);
        await Frames.FailsAsync(() => late.UnaryBytesAsync("/t.S/Slow", []).Within("the refusal"), GrpcStatusCode.Unavailable);
        Assert.False(stop.IsCompleted);

        release.SetResult();

        Assert.True(await call.Reader.ReadAsync().Within("the answer"));
        Assert.Equal("done", call.Reader.Text());
        Assert.False(await call.Reader.ReadAsync().Within("the end"));
        await stop.Within("the stop");
        await secondStop.Within("the second stop");
    }

    [Fact]
    public async Task StopAsync_LessPatientSecondCaller_EndsTheWaiting()
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Echo", Frames.EchoAsync));
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Echo").Within("the call to open");
        await call.GetResponseHeadersAsync().Within("the headers");
        Task patient = loopback.Server.StopAsync();

        await loopback.Server.StopAsync(new CancellationToken(canceled: true)).Within("the impatient stop");

        await patient.Within("the patient stop");
        await Frames.FailsAsync(() => call.Reader.ReadAsync().Within("the end of the call"), GrpcStatusCode.Unavailable);
    }

    [Fact]
    public async Task ConnectionMiddleware_SeesEveryConnectionFromAcceptToClose()
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Loopback loopback = await Loopback.StartAsync(_ => { }, options => options.ConnectionMiddleware = next => async connection =>
        {
            opened.SetResult();
            await next(connection);
            closed.SetResult();
        });
        using (var silent = new TcpClient())
        {
            await silent.ConnectAsync((IPEndPoint)loopback.Server.EndPoints[0]).Within("the connection");
            await opened.Task.Within("the middleware to see a connection that sent nothing");
        }

        await closed.Task.Within("the middleware to see its end");
    }

    [Fact]
    public async Task ConnectionMiddleware_ThatAborts_ClosesTheConnection()
    {
        await using Loopback loopback = await Loopback.StartAsync(_ => { }, options => options.ConnectionMiddleware = _ => connection =>
        {
            connection.Abort();
            return Task.CompletedTask;
        });

        await Frames.FailsAsync(() => loopback.Client.UnaryBytesAsync("/t.S/Echo", []).Within("the failure"), GrpcStatusCode.Unavailable);
    }

    [Fact]
    [Trait("Behaviour", "T-05")]
    public async Task MaxConnections_Reached_FurtherOnesAreClosed()
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Echo", Frames.EchoAsync), options => options.MaxConnections = 1);
        Assert.Equal([1], await loopback.Client.UnaryBytesAsync("/t.S/Echo", [1]).Within("the first client"));

        await using var second = new GrpcClient(loopback.Server.Addresses[0]);
        await Frames.FailsAsync(() => second.UnaryBytesAsync("/t.S/Echo", []).Within("the refusal"), GrpcStatusCode.Unavailable);
    }

    [Fact]
    [Trait("Behaviour", "T-05")]
    public async Task MaxStreamsPerConnection_Reached_CallsWaitUnlessMoreConnectionsAreAllowed()
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Echo", Frames.EchoAsync), options => options.MaxStreamsPerConnection = 1);
        await using GrpcDuplexCall first = await loopback.Client.DuplexAsync("/t.S/Echo").Within("the first call");
        await first.GetResponseHeadersAsync().Within("its headers");
        Task<byte[]> waiting = loopback.Client.UnaryBytesAsync("/t.S/Echo", [1]);

        await using var wide = new GrpcClient(loopback.Server.Addresses[0], new GrpcClientOptions { EnableMultipleConnections = true });
        await using GrpcDuplexCall one = await wide.DuplexAsync("/t.S/Echo").Within("the first call");
        await one.GetResponseHeadersAsync().Within("its headers");
        Assert.Equal([2], await wide.UnaryBytesAsync("/t.S/Echo", [2]).Within("the second call on a second connection"));
        Assert.False(waiting.IsCompleted);

        await first.CompleteAsync();
        Assert.False(await first.Reader.ReadAsync().Within("the end"));
        Assert.Equal([1], await waiting.Within("the call that waited"));
    }

    private static int FreePort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
