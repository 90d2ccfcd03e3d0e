using Remote.Testing;

namespace Remote.Transport.Tests;

[Trait("Behaviour", "T-05")]
public sealed class ConnectionOptionsTests
{
    private const int WithinTheWindow = 3 << 20;

    [Fact]
    public async Task WindowOfTheServer_NobodyReads_ThatMuchIsTakenAhead()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Idle", async stream =>
        {
            await stream.StartAsync();
            await release.Task;
        }));
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Idle").Within("the call to open");
        await call.GetResponseHeadersAsync().Within("the headers, after which the client knows the server's window");

        // Kestrel's own window would take 768 KiB.
        await call.WriteAsync(new byte[WithinTheWindow]).Within("the write that fits the window");

        release.SetResult();
    }

    [Fact]
    public async Task WindowOfTheClient_NobodyReads_ThatMuchIsTakenAhead()
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Push", async stream =>
        {
            await stream.WriteAsync(new byte[WithinTheWindow]);
            written.SetResult();
        }));

        // The platform's own window would take 64 KiB.
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Push").Within("the call to open");
        await written.Task.Within("the write that fits the window");
        Assert.True(await call.Reader.ReadAsync().Within("the message"));
        Assert.Equal(WithinTheWindow, call.Reader.Message.Length);
    }

    [Fact]
    public async Task KeepAliveOfTheClient_ServerFallsSilent_TheCallEnds()
    {
        await using var network = new InMemoryNetwork();
        await using Loopback loopback = await StartAsync(network, client: options =>
        {
            options.KeepAlivePingDelay = TimeSpan.FromSeconds(1);
            options.KeepAlivePingTimeout = TimeSpan.FromSeconds(1);
        });
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Echo").Within("the call to open");
        await call.GetResponseHeadersAsync().Within("the headers");

        network.Connections[0].Stall(NetworkDirection.ToClient);

        await Frames.FailsAsync(() => call.Reader.ReadAsync().Within("the ping to stay unanswered"), GrpcStatusCode.Unavailable);
    }

    [Fact]
    public async Task KeepAliveOfTheServer_ClientFallsSilent_TheCallEnds()
    {
        await using var network = new InMemoryNetwork();
        var ended = new TaskCompletionSource<GrpcStatus?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Loopback loopback = await StartAsync(
            network,
            server: options =>
            {
                options.KeepAlivePingDelay = TimeSpan.FromSeconds(1);
                options.KeepAlivePingTimeout = TimeSpan.FromSeconds(1);
            },
            onCall: stream => stream.CancellationToken.Register(() => ended.SetResult(stream.Status)));
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Echo").Within("the call to open");
        await call.GetResponseHeadersAsync().Within("the headers");

        network.Connections[0].Stall(NetworkDirection.ToServer);

        Assert.NotNull(await ended.Task.Within("the ping to stay unanswered"));
    }

    private static Task<Loopback> StartAsync(
        InMemoryNetwork network, Action<GrpcServerOptions>? server = null, Action<GrpcClientOptions>? client = null, Action<GrpcServerStream>? onCall = null) =>
        Loopback.StartAsync(
            m => m.Add("/t.S/Echo", stream =>
            {
                onCall?.Invoke(stream);
                return Frames.EchoAsync(stream);
            }),
            options =>
            {
                options.ListenerFactory = network;
                server?.Invoke(options);
            },
            options =>
            {
                options.ConnectCallback = network.ConnectAsync;
                client?.Invoke(options);
            });
}
