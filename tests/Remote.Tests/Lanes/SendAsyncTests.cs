using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Sending that waits for room, from everywhere that an application sends from.</summary>
[Trait("Behaviour", "I-05")]
public sealed class SendAsyncTests : IAsyncLifetime
{
    private readonly InMemoryNetwork _network = new();
    private TestNode _there = null!;

    public async Task InitializeAsync()
    {
        _there = await TestNode.StartAsync(network: _network);
        _there.Spawn("sink");
    }

    public async Task DisposeAsync()
    {
        await _there.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Theory]
    [InlineData("root")]
    [InlineData("root of a client")]
    [InlineData("root with middleware")]
    [InlineData("actor")]
    [InlineData("actor with middleware")]
    public async Task FromWherever_ThereIsRoom_CompletesAtOnceAndArrives(string from)
    {
        await using var here = from == "root of a client"
            ? await TestNode.StartClientAsync(network: _network)
            : await TestNode.StartAsync(network: _network);

        Assert.True(await SendAsync(here, from), "it had to wait");

        var receipt = await _there.NextReceiptAsync("sink");
        Assert.Equal(new StringValue { Value = from }, receipt.Message);
        Assert.Equal(from.EndsWith("middleware", StringComparison.Ordinal) ? "seen" : null, receipt.Headers.GetOrDefault("middleware"));
    }

    [Fact]
    public async Task ToAnActorHere_CompletesAtOnce()
    {
        _there.Spawn("neighbour");

        Assert.True(_there.Root.SendAsync(_there.Pid("neighbour"), new StringValue { Value = "x" }).IsCompletedSuccessfully);

        Assert.Equal(new StringValue { Value = "x" }, (await _there.NextReceiptAsync("neighbour")).Message);
    }

    [Fact]
    public async Task LaneIsFull_WaitersGoInOrderAndWhoCancelsIsNotSent()
    {
        await using var here = await TestNode.StartAsync(OneForever, network: _network);
        using var cancelled = new CancellationTokenSource();
        _network.Refuse(_there.Address);
        var sends = Enumerable.Range(0, 5)
            .Select(number => here.Root.SendAsync(_there.Pid("sink"), Numbered(number), number == 2 ? cancelled.Token : default).AsTask())
            .ToArray();

        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sends[2]);
        Assert.True(sends[0].IsCompletedSuccessfully);
        Assert.DoesNotContain(sends[1..], send => send.IsCompletedSuccessfully);
        _network.Heal(_there.Address);
        await here.Remote.ReconnectAsync(_there.Address).Within("connecting");

        foreach (var number in (int[])[0, 1, 3, 4])
        {
            await sends[number].Within($"sending {number}");
            Assert.Equal(Numbered(number), (await _there.NextReceiptAsync("sink")).Message);
        }

        Assert.Empty(await here.PublishedAsync<RemoteDeadLetterEvent>());
    }

    [Fact]
    public async Task PeerEndsMeanwhile_IsAnExceptionAndOneDeadLetter()
    {
        await using var here = await TestNode.StartAsync(OneForever, network: _network);
        _network.Refuse(_there.Address);
        var first = here.Root.SendAsync(_there.Pid("sink"), Numbered(0)).AsTask();
        var second = here.Root.SendAsync(_there.Pid("sink"), Numbered(1)).AsTask();

        await here.Remote.DisconnectAsync(_there.Address).Within("ending the endpoint");

        await first.Within("the first, which the lane had taken");
        Assert.Equal(RemoteError.EndpointClosed, (await Assert.ThrowsAsync<RemoteException>(() => second)).Error);
        Assert.Single(await here.PublishedAsync<RemoteDeadLetterEvent>(), letter => letter.Message.Equals(Numbered(1)));
    }

    private static Int32Value Numbered(int number) => new() { Value = number };

    private static void OneForever(RemoteOptions options)
    {
        options.Endpoint.QueueCapacity = 1;
        options.Reconnect.MaxAttempts = 0;
    }

    /// <summary>Whether it completed at once.</summary>
    private Task<bool> SendAsync(TestNode node, string from)
    {
        var sent = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var props = Props.FromFunc(context => context.Message is Started ? Send(context) : Task.CompletedTask);
        switch (from)
        {
            case "actor":
                node.Root.Spawn(props);
                break;
            case "actor with middleware":
                node.Root.Spawn(props.WithSenderMiddleware(Mark));
                break;
            default:
                _ = Send(from == "root with middleware" ? node.Root.WithSenderMiddleware(Mark) : node.Root);
                break;
        }

        return sent.Task.WaitAsync(TestTime.Ceiling);

        async Task Send(ISenderContext context)
        {
            var send = context.SendAsync(_there.Pid("sink"), new StringValue { Value = from });
            var atOnce = send.IsCompletedSuccessfully;
            await send;
            sent.SetResult(atOnce);
        }
    }

    private static Sender Mark(Sender next) => (context, target, envelope) => next(context, target, envelope.WithHeader("middleware", "seen"));
}
