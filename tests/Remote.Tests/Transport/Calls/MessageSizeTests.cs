using Remote.Testing;

namespace Remote.Tests;

/// <summary>Messages of every size cross both ways, whatever the windows are.</summary>
[Trait("Behaviour", "T-15")]
public sealed class MessageSizeTests
{
    private const int WithinTheWindow = 3 << 20;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1024)]
    [InlineData(16 * 1024 - 5)]
    [InlineData(16 * 1024 - 4)]
    [InlineData(100_000)]
    [InlineData(4 * 1024 * 1024)]
    public async Task Messages_OfThisSize_CrossBothWays(int bytes)
    {
        await using var loopback = await Loopback.StartAsync(LoopbackCalls.EchoAsync);
        await CrossAsync(loopback, bytes, rounds: 3);
    }

    [Fact]
    public async Task Messages_LargerThanEveryWindow_CrossBothWays()
    {
        var small = new TransportOptions { InitialStreamWindowBytes = 65_535, InitialConnectionWindowBytes = 65_535 };
        await using var loopback = await Loopback.StartAsync(
            LoopbackCalls.EchoAsync,
            listen: settings => settings with { MaxReceiveMessageBytes = 8 << 20, Transport = small },
            dial: settings => settings with { MaxReceiveMessageBytes = 8 << 20, Transport = small });

        await CrossAsync(loopback, 6 << 20, rounds: 1);
    }

    [Fact]
    public async Task Stream_OfMoreThanAWebServersLimitForABody_GoesOn()
    {
        await using var loopback = await Loopback.StartAsync(LoopbackCalls.EchoAsync);

        // Kestrel's own is 30,000,000 bytes.
        await CrossAsync(loopback, 1 << 20, rounds: 40);
    }

    [Fact]
    public async Task WindowOfTheServer_NobodyReads_ThatMuchIsTakenAhead()
    {
        var server = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Loopback.StartAsync(async call =>
        {
            Assert.True(await call.Reader.ReadAsync());
            await call.WriteAsync(LoopbackCalls.Bytes("welcome"));
            await server.Task;
        });
        var call = loopback.Channel.Receive();
        await call.WriteTextAsync("hello");
        Assert.True(await call.Reader.ReadAsync().AsTask().Within("the welcome, after which the client knows the server's window"));

        // Kestrel's own window would take 768 KiB.
        await call.WriteAsync(new byte[WithinTheWindow]).AsTask().Within("the write that fits the window");
        server.SetResult();
    }

    [Fact]
    public async Task WindowOfTheClient_NobodyReads_ThatMuchIsTakenAhead()
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Loopback.StartAsync(async call =>
        {
            await call.WriteAsync(new byte[WithinTheWindow]);
            written.SetResult();
        });
        var call = loopback.Channel.Receive();
        await call.WriteTextAsync("hello");

        // The platform's own window would take 64 KiB.
        await written.Task.Within("the write that fits the window");
        Assert.True(await call.Reader.ReadAsync().AsTask().Within("the message"));
        Assert.Equal(WithinTheWindow, call.Reader.Message.Length);
    }

    [Fact]
    public async Task Parts_OfAMessage_AreCountedBeforeItIsWhole()
    {
        await using var network = new InMemoryNetwork();
        var opened = new TaskCompletionSource<AcceptedCall>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Loopback.StartAsync(
            async call =>
            {
                opened.SetResult(call);
                Assert.True(await call.Reader.ReadAsync());
                await call.WriteAsync(new byte[1000]);
            },
            network);
        var call = loopback.Channel.Receive();
        var write = call.WriteAsync(new byte[1 << 20]).AsTask();
        var accepted = await opened.Task.Within("the call");
        await write.Within("the message");
        Assert.True(await call.Reader.ReadAsync().AsTask().Within("the answer"));

        // The prefix is gRPC's; what HTTP/2 adds is not in the body, and is on the connection.
        Assert.Equal((1 << 20) + 5, accepted.Reader.BytesReceived);
        Assert.InRange(call.Reader.BytesReceived, 1005, 2000);
    }

    private static async Task CrossAsync(Loopback loopback, int bytes, int rounds)
    {
        var call = loopback.Channel.Receive();
        for (var round = 0; round < rounds; round++)
        {
            var message = new byte[bytes];
            new Random(round).NextBytes(message);
            var write = call.WriteAsync(message).AsTask();

            Assert.True(await call.Reader.ReadAsync().AsTask().Within("the echo"));
            Assert.Equal(message, call.Reader.Message.ToArray());
            await write.Within("the write");
        }

        call.Abort();
    }
}
