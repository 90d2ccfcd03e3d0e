using Grpc.Core;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Alone, because an exception that nobody looked at belongs to the process.</summary>
[CollectionDefinition(nameof(UnobservedTests), DisableParallelization = true)]
[Collection(nameof(UnobservedTests))]
public sealed class UnobservedTests
{
    // The readers are the library's, and only ours move them.
    private static readonly string[] Ours =
        ["FrameReader", "DialledCall", "AcceptedCall", "AddressRace", "HttpContentClientStreamReader", "HttpContextStreamReader"];

    /// <summary>The library's own tasks are its own affair: only exceptions that went through our code count.</summary>
    [Fact]
    public async Task CallsThatEndInEveryWay_LeaveNoUnobservedException()
    {
        using var unobserved = new UnobservedExceptions();
        for (var i = 0; i < 10; i++)
        {
            await AbandonAsync(call => call.Abort());
            await AbandonAsync(_ => { });
            await GivenUpAsync();
            await CutAsync();
            await RefusedAsync();
        }

        unobserved.AssertNone(stackTrace => Ours.Any(name => stackTrace.Contains(name, StringComparison.Ordinal)));
    }

    private static async Task AbandonAsync(Action<DialledCall> how)
    {
        await using var loopback = await Loopback.StartAsync(LoopbackCalls.EchoAsync);
        how(await loopback.ConverseAsync());
    }

    private static async Task GivenUpAsync()
    {
        await using var loopback = await Loopback.StartAsync(LoopbackCalls.EchoAsync);
        var call = await loopback.ConverseAsync();
        using var cancellation = new CancellationTokenSource();
        var read = call.Reader.ReadAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.Within("the cancellation"));
        call.Abort();
        _ = call.Reader.End();
    }

    private static async Task CutAsync()
    {
        await using var network = new InMemoryNetwork();
        await using var loopback = await Loopback.StartAsync(LoopbackCalls.EchoAsync, network);
        var call = await loopback.ConverseAsync();
        network.Cut(loopback.Listener.Address);
        await Assert.ThrowsAsync<RpcException>(() => call.Reader.ReadAsync().AsTask().Within("the failure"));
    }

    private static async Task RefusedAsync()
    {
        await using var channel = Loopback.ChannelTo("127.0.0.1:1");
        await Assert.ThrowsAsync<RpcException>(() => channel.Receive().Reader.ReadAsync().AsTask().Within("the refusal"));
    }
}
