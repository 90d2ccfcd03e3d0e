namespace Remote.Testing.Tests;

/// <summary>Delays and rates of the proxy, in manual time.</summary>
public sealed class FaultProxyTimeTests : DisposedAfterTest
{
    private readonly ManualTimeProvider _time = new();
    private readonly FaultProxyPeers _peers;

    public FaultProxyTimeTests() => _peers = new FaultProxyPeers(_time);

    private FaultProxy Proxy => _peers.Proxy;

    public override ValueTask DisposeAsync() => _peers.DisposeAsync();

    [Fact]
    public async Task Delay_Bytes_ArriveAfterItAndInOrder()
    {
        var (client, server) = await _peers.ConnectAsync();
        Proxy.Delay(TimeSpan.FromSeconds(1), NetworkDirection.ToServer);
        await client.SendAsync("first");
        await _time.WaitForTimerAsync(TimeSpan.FromSeconds(1));
        await server.SendAsync("not delayed");
        await client.ExpectAsync("not delayed");

        _time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(0, Proxy.BytesCarried(NetworkDirection.ToServer));
        _time.Advance(TimeSpan.FromSeconds(0.5));

        await server.ExpectAsync("first");
        Proxy.Delay(TimeSpan.Zero);
        await client.SendAsync("second");
        await server.ExpectAsync("second");
    }

    [Fact]
    public async Task Delay_End_ArrivesAfterTheBytesBeforeIt()
    {
        var (client, server) = await _peers.ConnectAsync();
        Proxy.Delay(TimeSpan.FromSeconds(1));
        await client.SendAsync("last words");
        await _time.WaitForTimerAsync(TimeSpan.FromSeconds(1));
        await client.DisposeAsync();

        _time.Advance(TimeSpan.FromSeconds(1));
        await server.ExpectAsync("last words");
        var end = server.ReadAsync(new byte[1]).AsTask();
        while (!end.IsCompleted)
        {
            // The end came in at the beginning or only now; its timer says so.
            await Task.WhenAny(end, _time.WaitForTimerAsync(TimeSpan.FromSeconds(1)));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(0, await end);
    }

    [Fact]
    public async Task Throttle_ManyBytes_PassAtTheRate()
    {
        var (client, server) = await _peers.ConnectAsync();
        Proxy.Throttle(200, NetworkDirection.ToServer);
        await client.SendAsync(new string('x', 100));

        // A twentieth of a second holds ten bytes; the first ten pass at once.
        for (var passed = 10; passed < 100; passed += 10)
        {
            await _time.WaitForTimerAsync(TimeSpan.FromSeconds(0.05));
            Assert.Equal(passed, Proxy.BytesCarried(NetworkDirection.ToServer));
            _time.Advance(TimeSpan.FromSeconds(0.05));
        }

        await server.ExpectAsync(new string('x', 100));
        Assert.Equal(TimeSpan.FromSeconds(0.45), _time.Elapsed);
    }

    [Fact]
    public async Task Throttle_Ended_TheRestPassesAtOnce()
    {
        var (client, server) = await _peers.ConnectAsync();
        Proxy.Throttle(1);
        await client.SendAsync("slow");
        await _time.WaitForTimerAsync(TimeSpan.FromSeconds(1));

        Proxy.Heal();

        await server.ExpectAsync("slow");
    }
}
