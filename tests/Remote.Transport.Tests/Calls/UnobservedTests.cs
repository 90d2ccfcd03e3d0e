using System.Collections.Concurrent;
using Remote.Testing;

namespace Remote.Transport.Tests;

[Collection(SerialTests.Name)]
public sealed class UnobservedTests
{
    [Fact]
    public async Task CallsThatEndInEveryWay_LeaveNoUnobservedException()
    {
        var unobserved = new ConcurrentQueue<Exception>();
        void OnUnobserved(object? sender, UnobservedTaskExceptionEventArgs e) => unobserved.Enqueue(e.Exception);
        // What other tests left is theirs.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        TaskScheduler.UnobservedTaskException += OnUnobserved;
        try
        {
            for (int i = 0; i < 10; i++)
            {
                await AbandonAsync(call => call.Abort());
                await AbandonAsync(_ => { });
                await CutAsync();
                await RefusedAsync();
            }

            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            Assert.Empty(unobserved);
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= OnUnobserved;
        }
    }

    private static async Task AbandonAsync(Action<GrpcDuplexCall> how)
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Echo", Frames.EchoAsync));
        GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Echo").Within("the call to open");
        await call.WriteAsync(Frames.Message("x")).Within("the write");
        how(call);
    }

    private static async Task CutAsync()
    {
        await using var network = new InMemoryNetwork();
        await using Loopback loopback = await Loopback.StartAsync(
            m => m.Add("/t.S/Echo", Frames.EchoAsync), server => server.ListenerFactory = network, client => client.ConnectCallback = network.ConnectAsync);
        GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Echo").Within("the call to open");
        network.Cut(loopback.Server.Addresses[0]);
        await Assert.ThrowsAsync<GrpcException>(() => call.Reader.ReadAsync().Within("the failure"));
    }

    private static async Task RefusedAsync()
    {
        await using var client = new GrpcClient("127.0.0.1:1");
        await Assert.ThrowsAsync<GrpcException>(() => client.DuplexAsync("/t.S/Echo").Within("the refusal"));
    }
}
