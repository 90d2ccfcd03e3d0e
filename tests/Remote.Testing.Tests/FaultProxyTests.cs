using System.Net.Sockets;

namespace Remote.Testing.Tests;

/// <summary>The proxy between plain sockets: what each side sees of each fault.</summary>
public sealed class FaultProxyTests : DisposedAfterTest
{
    private static readonly TimeSpan Ceiling = FaultProxyPeers.Ceiling;
    private readonly FaultProxyPeers _peers = new();

    private FaultProxy Proxy => _peers.Proxy;

    public override ValueTask DisposeAsync() => _peers.DisposeAsync();

    [Fact]
    public async Task Connection_BytesBothWays_ArriveAndAreCounted()
    {
        var (client, server) = await _peers.ConnectAsync();

        await client.SendAsync("ping");
        await server.ExpectAsync("ping");
        await server.SendAsync("pong!");
        await client.ExpectAsync("pong!");

        var connection = Assert.Single(Proxy.Connections);
        Assert.Equal((1, 4, 5), (connection.Number, connection.BytesCarried(NetworkDirection.ToServer), connection.BytesCarried(NetworkDirection.ToClient)));
        Assert.Equal((4, 5), (Proxy.BytesCarried(NetworkDirection.ToServer), Proxy.BytesCarried(NetworkDirection.ToClient)));
    }

    [Fact]
    public async Task SenderEnds_OtherSideAnswers_BothReadCleanEnds()
    {
        var (client, server) = await _peers.ConnectAsync();
        await client.SendAsync("request");
        ((NetworkStream)client).Socket.Shutdown(SocketShutdown.Send);

        await server.ExpectAsync("request");
        await server.ExpectEndAsync();
        await server.SendAsync("answer");
        await server.DisposeAsync();

        await client.ExpectAsync("answer");
        await client.ExpectEndAsync();
        await Proxy.Connections[0].Closed.WaitAsync(Ceiling);
    }

    [Fact]
    public async Task SenderResets_OtherSide_IsReset()
    {
        var (client, server) = await _peers.ConnectAsync();
        var socket = ((NetworkStream)client).Socket;
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();

        await server.ExpectResetAsync();
        await Proxy.Connections[0].Closed.WaitAsync(Ceiling);
    }

    [Fact]
    public async Task Cut_OpenConnections_BothSidesAreResetAndANewOneWorks()
    {
        var (client, server) = await _peers.ConnectAsync();

        Assert.Equal(1, Proxy.Cut());

        await client.ExpectResetAsync();
        await server.ExpectResetAsync();
        await Proxy.Connections[0].Closed.WaitAsync(Ceiling);
        Assert.Equal(0, Proxy.Cut());
        var (again, _) = await _peers.ConnectAsync();
        await again.SendAsync("x");
    }

    [Theory]
    [InlineData(NetworkDirection.ToServer)]
    [InlineData(NetworkDirection.ToClient)]
    public async Task CutAfter_OneConnection_ReceiverReadsExactlySoManyBytesThenAnEnd(NetworkDirection direction)
    {
        var (client, server) = await _peers.ConnectAsync();
        var (from, to) = direction == NetworkDirection.ToServer ? (client, server) : (server, client);
        (await Proxy.WaitForConnectionsAsync(1)).CutAfter(direction, 3);

        await from.SendAsync("abcdef");

        await to.ExpectAsync("abc");
        await to.ExpectEndAsync();
        await from.ExpectResetAsync();
        await to.DisposeAsync();
        await Proxy.Connections[0].Closed.WaitAsync(Ceiling);
    }

    [Fact]
    public async Task CutAfter_MoreUnderWayThanTheBufferHolds_IsClosedAllTheSame()
    {
        await using var peers = new FaultProxyPeers(bufferBytes: 1024);
        var (client, server) = await peers.ConnectAsync();
        var connection = await peers.Proxy.WaitForConnectionsAsync(1);
        connection.CutAfter(NetworkDirection.ToServer, 3);

        await client.SendAsync(new string('x', 10_000));

        await server.ExpectAsync("xxx");
        await server.ExpectEndAsync();
        await server.DisposeAsync();
        await connection.Closed.WaitAsync(Ceiling);
    }

    [Fact]
    public async Task CutAfter_ReceiverStillSends_ItsBytesAreLostAndItIsNotReset()
    {
        var (client, server) = await _peers.ConnectAsync();
        (await Proxy.WaitForConnectionsAsync(1)).CutAfter(NetworkDirection.ToServer, 3);
        await client.SendAsync("abcdef");
        await client.ExpectResetAsync();

        for (var i = 0; i < 100; i++)
        {
            await server.SendAsync("to nobody");
        }

        await server.ExpectAsync("abc");
        await server.ExpectEndAsync();
    }

    [Fact]
    public async Task CutAfter_TotalsOfTheProxy_EndEachConnectionAtItsByte()
    {
        Proxy.CutAfter(NetworkDirection.ToServer, 25, 10);
        foreach (var expected in new[] { 10, 15 })
        {
            var (client, server) = await _peers.ConnectAsync();
            await client.SendAsync(new string('x', 20));
            await server.ExpectAsync(new string('x', expected));
            await server.ExpectEndAsync();
            await client.ExpectResetAsync();
        }

        var (last, target) = await _peers.ConnectAsync();
        await last.SendAsync("free");
        await target.ExpectAsync("free");
        Assert.Equal(29, Proxy.BytesCarried(NetworkDirection.ToServer));
    }

    [Fact]
    public async Task ResetAfter_Receiver_ReadsAtMostSoManyBytesThenAReset()
    {
        var (client, server) = await _peers.ConnectAsync();
        (await Proxy.WaitForConnectionsAsync(1)).ResetAfter(NetworkDirection.ToServer, 3);

        await client.SendAsync("abcdef");

        await client.ExpectResetAsync();
        await server.ExpectResetAsync();
        Assert.Equal(3, Proxy.BytesCarried(NetworkDirection.ToServer));
    }

    [Fact]
    public async Task HalfClose_Receiver_ReadsAnEndAndTheOtherDirectionGoesOn()
    {
        var (client, server) = await _peers.ConnectAsync();
        await client.SendAsync("before");
        await server.ExpectAsync("before");

        Assert.Equal(1, Proxy.HalfClose(NetworkDirection.ToServer));

        await server.ExpectEndAsync();
        await client.SendAsync("lost");
        await server.SendAsync("still here");
        await client.ExpectAsync("still here");
        await server.DisposeAsync();
        await client.ExpectEndAsync();
        await client.DisposeAsync();
        await Proxy.Connections[0].Closed.WaitAsync(Ceiling);
        Assert.Equal(6, Proxy.BytesCarried(NetworkDirection.ToServer));
    }

    [Fact]
    public async Task Stall_OneWay_OldAndNewConnectionsHoldBytesUntilResume()
    {
        var (old, oldServer) = await _peers.ConnectAsync();
        Proxy.Stall(NetworkDirection.ToServer);
        var (young, youngServer) = await _peers.ConnectAsync();
        await old.SendAsync("old");
        await young.SendAsync("young");
        await oldServer.SendAsync("other way");
        await old.ExpectAsync("other way");
        Assert.Equal(0, Proxy.BytesCarried(NetworkDirection.ToServer));

        Proxy.Resume(NetworkDirection.ToServer);

        await oldServer.ExpectAsync("old");
        await youngServer.ExpectAsync("young");
    }

    [Fact]
    public async Task Stall_SenderGoesOn_WaitsWhenTheBuffersAreFullAndLosesNothing()
    {
        const int Bytes = 64 * 1024 * 1024;
        var (client, server) = await _peers.ConnectAsync();
        Proxy.Stall();
        var writing = client.WriteAsync(new byte[Bytes]).AsTask();
        await Proxy.WaitForConnectionsAsync(1);
        Assert.False(writing.IsCompleted);

        Proxy.Resume();

        var buffer = new byte[1024 * 1024];
        for (var left = Bytes; left > 0; left -= await server.ReadAsync(buffer).AsTask().WaitAsync(Ceiling))
        {
        }

        await writing.WaitAsync(Ceiling);
    }

    [Fact]
    public async Task BlackHole_BytesVanishWithoutAReset_AndHealCutsWhatHasAHole()
    {
        var (client, server) = await _peers.ConnectAsync();
        var (unharmed, unharmedServer) = await _peers.ConnectAsync();
        Proxy.BlackHole();
        await client.WriteAsync(new byte[16 * 1024 * 1024]).AsTask().WaitAsync(Ceiling);
        var reading = server.ReadAsync(new byte[1]).AsTask();
        Assert.False(reading.IsCompleted);
        Assert.Equal(0, Proxy.BytesCarried(NetworkDirection.ToServer));

        Proxy.Heal();

        await client.ExpectResetAsync();
        await Assert.ThrowsAsync<IOException>(() => reading.WaitAsync(Ceiling));
        await unharmed.SendAsync("whole");
        await unharmedServer.ExpectAsync("whole");
    }

    [Fact]
    public async Task BlackHole_NewConnection_IsAcceptedAndTheTargetHearsOfItAfterHeal()
    {
        Proxy.BlackHole();
        var client = await _peers.DialAsync();
        await Proxy.WaitForConnectionsAsync(1);
        var accepting = _peers.AcceptSocketAsync();
        var loud = await _peers.DialAsync();

        // More than the kernel holds for both sockets, so that some of it must have vanished in the proxy.
        await loud.WriteAsync(new byte[16 * 1024 * 1024]).AsTask().WaitAsync(Ceiling);
        Assert.False(accepting.IsCompleted);

        Proxy.Heal();

        await loud.ExpectResetAsync();
        using var server = new NetworkStream(await accepting.WaitAsync(Ceiling), ownsSocket: true);
        await client.SendAsync("at last");
        await server.ExpectAsync("at last");
    }

    [Fact]
    public async Task Refuse_UntilHealed_OnlyNewConnections()
    {
        var (client, server) = await _peers.ConnectAsync();
        Proxy.Refuse();

        await _peers.ExpectRefusalAsync();
        await client.SendAsync("old one lives");
        await server.ExpectAsync("old one lives");
        Assert.Equal((1, 1), (Proxy.Refused, Proxy.Connections.Count));

        Proxy.Heal();
        await _peers.ConnectAsync();
    }

    [Fact]
    public async Task Target_Changed_NewConnectionsLeadThereAndOldOnesStay()
    {
        await using var other = new FaultProxyPeers();
        var (old, oldServer) = await _peers.ConnectAsync();

        Proxy.Target = other.Target;

        var young = await _peers.DialAsync();
        var youngServer = await other.AcceptAsync();
        await young.SendAsync("new");
        await youngServer.ExpectAsync("new");
        await old.SendAsync("old");
        await oldServer.ExpectAsync("old");
        Assert.Throws<FormatException>(() => Proxy.Target = "nowhere");
    }

    [Fact]
    public async Task Target_NobodyListens_DiallerIsReset()
    {
        await using (var other = new FaultProxyPeers())
        {
            Proxy.Target = other.Target;
        }

        await _peers.ExpectRefusalAsync();
    }

    [Fact]
    public async Task WaitForBytesAsync_NotReached_SaysHowManyThereWere()
    {
        var (client, server) = await _peers.ConnectAsync();
        var waiting = Proxy.WaitForBytesAsync(NetworkDirection.ToServer, 6);
        await client.SendAsync("abc");
        await server.ExpectAsync("abc");
        Assert.False(waiting.IsCompleted);
        var error = await Assert.ThrowsAsync<TimeoutException>(
            () => Proxy.WaitForBytesAsync(NetworkDirection.ToServer, 6, TimeSpan.FromMilliseconds(1)));
        Assert.Contains("3 bytes", error.Message, StringComparison.Ordinal);

        await client.SendAsync("def");

        await waiting.WaitAsync(Ceiling);
    }

    [Fact]
    public async Task DisposeAsync_WithOpenConnections_ResetsThemAndFreesThePort()
    {
        var (client, server) = await _peers.ConnectAsync();
        Proxy.Stall();
        await client.SendAsync("stuck");

        await Proxy.DisposeAsync().AsTask().WaitAsync(Ceiling);

        await client.ExpectResetAsync();
        await server.ExpectResetAsync();
        await using var again = FaultProxy.Start(_peers.Target, new FaultProxyOptions { Port = Proxy.Port });
        Assert.Equal(Proxy.Port, again.Port);
    }
}
