using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;

namespace Remote.Testing.Tests;

public sealed class InMemoryNetworkTests : IAsyncLifetime
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);
    private readonly InMemoryNetwork _network = new() { RecordBytes = true };
    private IConnectionListener _listener = null!;
    private string _address = null!;

    public async Task InitializeAsync()
    {
        _listener = await _network.BindAsync(new IPEndPoint(IPAddress.Loopback, 0));
        _address = _listener.EndPoint.ToString()!;
    }

    public async Task DisposeAsync()
    {
        await _listener.DisposeAsync();
        await _network.DisposeAsync().AsTask().WaitAsync(Ceiling);
    }

    [Fact]
    public async Task ConnectAsync_BytesBothWays_ArriveAndAreRecorded()
    {
        var (client, server) = await ConnectAsync();

        await client.WriteAsync("ping"u8.ToArray());
        Assert.Equal("ping", await ReadTextAsync(server, 4));
        await server.Transport.Output.WriteAsync("pong!"u8.ToArray());
        Assert.Equal("pong!", await ReadTextAsync(client, 5));

        var connection = Assert.Single(_network.Connections);
        await connection.WaitForBytesAsync(NetworkDirection.ToClient, 5);
        await Assert.ThrowsAsync<TimeoutException>(() => connection.WaitForBytesAsync(NetworkDirection.ToClient, 6, TimeSpan.FromMilliseconds(1)));
        Assert.Equal("ping", Encoding.UTF8.GetString(connection.Recorded(NetworkDirection.ToServer)));
        Assert.Equal("pong!", Encoding.UTF8.GetString(connection.Recorded(NetworkDirection.ToClient)));
        Assert.Equal(5, connection.BytesCarried(NetworkDirection.ToClient));
    }

    [Fact]
    public async Task ReadAsync_IntoNoRoom_WaitsForBytesAndConsumesNone()
    {
        var (client, server) = await ConnectAsync();
        var ready = client.ReadAsync(Memory<byte>.Empty).AsTask();
        Assert.False(ready.IsCompleted);

        await server.Transport.Output.WriteAsync("x"u8.ToArray());

        Assert.Equal(0, await ready.WaitAsync(Ceiling));
        Assert.Equal("x", await ReadTextAsync(client, 1));
    }

    [Fact]
    public async Task Dispose_ClientSide_ServerReadsAllThenTheEnd()
    {
        var (client, server) = await ConnectAsync();
        var closed = ClosedAsync(server);
        await client.WriteAsync("last words"u8.ToArray());
        await client.DisposeAsync();

        Assert.Equal("last words", await ReadTextAsync(server, 10));
        await closed.WaitAsync(Ceiling);
        Assert.True((await server.Transport.Input.ReadAsync().AsTask().WaitAsync(Ceiling)).IsCompleted);
    }

    [Fact]
    public async Task DisposeAsync_ServerSide_ClientReadsAllThenTheEndAndCannotWrite()
    {
        var (client, server) = await ConnectAsync();
        await server.Transport.Output.WriteAsync("bye"u8.ToArray());
        await server.DisposeAsync();

        Assert.Equal("bye", await ReadTextAsync(client, 3));
        Assert.Equal(0, await client.ReadAsync(new byte[1]).AsTask().WaitAsync(Ceiling));
        await _network.Connections[0].Closed.WaitAsync(Ceiling);
        await Assert.ThrowsAnyAsync<IOException>(() => client.WriteAsync(new byte[1]).AsTask().WaitAsync(Ceiling));
    }

    [Fact]
    public async Task ConnectAsync_NobodyListens_IsRefused()
    {
        var error = await Assert.ThrowsAsync<SocketException>(() => ConnectAsync("127.0.0.1:1").AsTask());

        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
        Assert.Equal(1, _network.Dials);
        Assert.Empty(_network.Connections);
    }

    [Fact]
    public async Task Refuse_UntilHealed_OnlyNewConnections()
    {
        var (client, server) = await ConnectAsync();
        _network.Refuse(_address);

        await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(_address).AsTask());
        await client.WriteAsync("old one lives"u8.ToArray());
        Assert.Equal("old one lives", await ReadTextAsync(server, 13));

        _network.Heal(_address);
        await ConnectAsync();
    }

    [Fact]
    public async Task Cut_OpenConnection_BothSidesFailAndANewOneWorks()
    {
        var (client, server) = await ConnectAsync();
        var reading = client.ReadAsync(new byte[1]).AsTask();
        var serverReading = server.Transport.Input.ReadAsync().AsTask();
        var closed = ClosedAsync(server);

        Assert.Equal(1, _network.Cut(_address));

        await Assert.ThrowsAnyAsync<IOException>(() => reading.WaitAsync(Ceiling));
        await Assert.ThrowsAsync<ConnectionResetException>(() => serverReading.WaitAsync(Ceiling));
        await closed.WaitAsync(Ceiling);
        await Assert.ThrowsAnyAsync<IOException>(() => client.WriteAsync(new byte[1]).AsTask().WaitAsync(Ceiling));
        await _network.Connections[0].Closed.WaitAsync(Ceiling);
        Assert.Equal(0, _network.Cut(_address));
        await ConnectAsync();
    }

    [Fact]
    public async Task CutAfter_ToServer_DeliversExactlySoManyBytesThenEnds()
    {
        var (client, server) = await ConnectAsync();
        _network.Connections[0].CutAfter(NetworkDirection.ToServer, 3);

        await client.WriteAsync("abcdef"u8.ToArray());

        Assert.Equal("abc", await ReadTextAsync(server, 3));
        Assert.True((await server.Transport.Input.ReadAsync().AsTask().WaitAsync(Ceiling)).IsCompleted);
        await Assert.ThrowsAnyAsync<IOException>(() => client.ReadAsync(new byte[1]).AsTask().WaitAsync(Ceiling));
    }

    [Fact]
    public async Task Stall_OneWay_HoldsBytesUntilResumeAndLosesNone()
    {
        var (client, server) = await ConnectAsync();
        var connection = _network.Connections[0];
        connection.Stall(NetworkDirection.ToServer);
        await client.WriteAsync("held"u8.ToArray());
        await server.Transport.Output.WriteAsync("other way"u8.ToArray());
        Assert.Equal("other way", await ReadTextAsync(client, 9));
        Assert.Equal(0, connection.BytesCarried(NetworkDirection.ToServer));

        connection.Resume(NetworkDirection.ToServer);

        Assert.Equal("held", await ReadTextAsync(server, 4));
    }

    [Fact]
    public async Task Stall_WriterGoesOn_WaitsWhenTheBufferIsFull()
    {
        var (client, _) = await ConnectAsync();
        _network.Connections[0].Stall(NetworkDirection.ToServer);

        var writing = client.WriteAsync(new byte[_network.BufferBytes]).AsTask();
        Assert.False(writing.IsCompleted);
        _network.Connections[0].Cut();

        await Assert.ThrowsAnyAsync<IOException>(() => writing.WaitAsync(Ceiling));
    }

    [Fact]
    public async Task BlackHole_UntilHealed_AttemptsHangAndConnectionsAreSilent()
    {
        var (client, server) = await ConnectAsync();
        _network.BlackHole(_address);
        var attempt = _network.ConnectAsync(_address, CancellationToken.None).AsTask();
        using var cancellation = new CancellationTokenSource();
        var cancelled = _network.ConnectAsync(_address, cancellation.Token).AsTask();
        await client.WriteAsync("swallowed"u8.ToArray());
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(Ceiling));
        Assert.False(attempt.IsCompleted);
        Assert.Equal(0, _network.Connections[0].BytesCarried(NetworkDirection.ToServer));

        _network.Heal(_address);

        await attempt.WaitAsync(Ceiling);
        Assert.Equal("swallowed", await ReadTextAsync(server, 9));
        Assert.Equal(3, _network.Dials);
    }

    [Fact]
    public async Task AddName_DialledByName_ReachesTheListener()
    {
        _network.AddName("orders.example:4000", _address);

        var (client, server) = await ConnectAsync("orders.example:4000").AsTask().WaitAsync(Ceiling);
        await client.WriteAsync("hello"u8.ToArray());

        Assert.Equal("hello", await ReadTextAsync(server, 5));
        Assert.Equal("orders.example:4000", _network.Connections[0].Address);
    }

    [Fact]
    public async Task BindAsync_PortZero_GetsAnotherPortEachTimeAndATakenOneIsRefused()
    {
        await using var other = await _network.BindAsync(new IPEndPoint(IPAddress.Loopback, 0));

        Assert.NotEqual(_listener.EndPoint, other.EndPoint);
        await Assert.ThrowsAsync<AddressInUseException>(() => _network.BindAsync(other.EndPoint).AsTask());
        await other.UnbindAsync();
        await using var again = await _network.BindAsync(other.EndPoint);
    }

    [Fact]
    public async Task BindAsync_UnixPath_IsDialledByItsAddress()
    {
        await using var listener = await _network.BindAsync(new UnixDomainSocketEndPoint("/run/remote/a.sock"));

        await using var client = await _network.ConnectAsync("unix:///run/remote/a.sock", CancellationToken.None);

        Assert.NotNull(await listener.AcceptAsync().AsTask().WaitAsync(Ceiling));
    }

    [Fact]
    public async Task UnbindAsync_ConnectionNotYetAccepted_IsCut()
    {
        await using var client = await _network.ConnectAsync(_address, CancellationToken.None);

        await _listener.UnbindAsync();

        await Assert.ThrowsAnyAsync<IOException>(() => client.ReadAsync(new byte[1]).AsTask().WaitAsync(Ceiling));
        Assert.Null(await _listener.AcceptAsync().AsTask().WaitAsync(Ceiling));
    }

    [Fact]
    public async Task WaitForConnectionsAsync_MadeLater_ReturnsIt()
    {
        var second = _network.WaitForConnectionsAsync(2);
        var dials = _network.WaitForDialsAsync(2);
        await ConnectAsync();
        Assert.False(second.IsCompleted);
        await ConnectAsync();

        Assert.Equal(2, (await second.WaitAsync(Ceiling)).Number);
        await dials.WaitAsync(Ceiling);
    }

    [Fact]
    public async Task WaitForConnectionsAsync_NotReached_SaysWhatThereIs()
    {
        await ConnectAsync();

        var error = await Assert.ThrowsAsync<TimeoutException>(
            () => _network.WaitForConnectionsAsync(2, TimeSpan.FromMilliseconds(1)));

        Assert.Contains("2 connections", error.Message, StringComparison.Ordinal);
        Assert.Contains(_address, error.Message, StringComparison.Ordinal);
    }

    private async ValueTask<(Stream Client, ConnectionContext Server)> ConnectAsync(string? address = null)
    {
        var client = await _network.ConnectAsync(address ?? _address, CancellationToken.None);
        var server = await _listener.AcceptAsync().AsTask().WaitAsync(Ceiling);
        return (client, server!);
    }

    private static Task ClosedAsync(ConnectionContext context)
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        context.ConnectionClosed.Register(() => closed.TrySetResult());
        return closed.Task;
    }

    private static async Task<string> ReadTextAsync(Stream stream, int count)
    {
        var buffer = new byte[count];
        await stream.ReadExactlyAsync(buffer).AsTask().WaitAsync(Ceiling);
        return Encoding.UTF8.GetString(buffer);
    }

    private static async Task<string> ReadTextAsync(ConnectionContext context, int count)
    {
        var read = await context.Transport.Input.ReadAtLeastAsync(count).AsTask().WaitAsync(Ceiling);
        var text = Encoding.UTF8.GetString(read.Buffer);
        context.Transport.Input.AdvanceTo(read.Buffer.End);
        return text;
    }
}
