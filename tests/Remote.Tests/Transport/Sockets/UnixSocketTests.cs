using System.Net.Sockets;
using System.Runtime.Versioning;

namespace Remote.Tests;

[UnsupportedOSPlatform("windows")]
[Trait("Behaviour", "T-15")]
public sealed class UnixSocketTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _directory = Directory.CreateTempSubdirectory("remote-").FullName;

    private string Socket => Path.Combine(_directory, "private", "node.sock");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Call_OverAUnixSocket_Answers()
    {
        await using var loopback = await Loopback.StartAsync(
            LoopbackCalls.EchoAsync, listen: settings => settings with { EndPoint = new UnixDomainSocketEndPoint(Socket) });

        Assert.Equal("unix://" + Socket, loopback.Listener.Address);
        await loopback.ConverseAsync();
    }

    [Fact]
    public async Task Listen_MakesDirectoryAndSocketPrivate_AndRemovesTheSocketAtTheEnd()
    {
        await using (await StartAsync())
        {
            Assert.Equal(OwnerOnly, File.GetUnixFileMode(Socket));
            Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(Socket)!));
        }

        Assert.False(File.Exists(Socket));
    }

    [Fact]
    public async Task Listen_DirectoryThatIsThere_KeepsItsMode()
    {
        var socket = Path.Combine(_directory, "node.sock");
        File.SetUnixFileMode(_directory, OwnerOnly | UnixFileMode.UserExecute | UnixFileMode.GroupRead);
        await using var server = await StartAsync(socket);

        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute | UnixFileMode.GroupRead, File.GetUnixFileMode(_directory));
    }

    [Fact]
    public async Task Listen_StaleSocket_IsReplaced()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Socket)!);
        LeaveStaleSocket();
        Assert.True(File.Exists(Socket));

        await using var server = await StartAsync();

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await probe.ConnectAsync(new UnixDomainSocketEndPoint(Socket)).Within("the connection");
    }

    [Fact]
    public async Task Listen_SomebodyAnswersThere_ThrowsAndLeavesThemAlone()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Socket)!);
        using var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        other.Bind(new UnixDomainSocketEndPoint(Socket));
        other.Listen();

        await Assert.ThrowsAsync<IOException>(() => StartAsync());

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await probe.ConnectAsync(new UnixDomainSocketEndPoint(Socket)).Within("the other one to be there still");
    }

    [Fact]
    public async Task Listen_OrdinaryFile_IsNotTouched()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Socket)!);
        await File.WriteAllTextAsync(Socket, "precious");

        await Assert.ThrowsAsync<IOException>(() => StartAsync());

        Assert.Equal("precious", await File.ReadAllTextAsync(Socket));
    }

    [Fact]
    public async Task Listen_EmptyOrdinaryFile_IsNotTouched()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Socket)!);
        await File.WriteAllTextAsync(Socket, "");

        await Assert.ThrowsAsync<IOException>(() => StartAsync());

        Assert.True(File.Exists(Socket));
    }

    [Fact]
    public async Task Listen_TwoStartsAtOnce_OneWins()
    {
        for (var round = 0; round < 10; round++)
        {
            Task<NodeListener>[] starts = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() => StartAsync()))];
            _ = await Record.ExceptionAsync(() => Task.WhenAll(starts).Within("the starts"));

            Task<NodeListener> winner = Assert.Single(starts, s => s.IsCompletedSuccessfully);
            Assert.All(starts.Where(s => s.IsFaulted), s => Assert.IsAssignableFrom<IOException>(s.Exception!.InnerException));
            await (await winner).DisposeAsync();
        }
    }

    [Fact]
    public async Task Listen_SomebodyElseIsStarting_Throws()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Socket)!);
        // A shared lock on the file is enough to be in the way of an exclusive one, and of nothing less.
        await using (new FileStream(Socket + ".lock", FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            await Assert.ThrowsAsync<IOException>(() => StartAsync());
        }

        await using var server = await StartAsync();
    }

    [Fact]
    public async Task Dispose_SocketReplacedBySomebodyElse_LeavesTheirs()
    {
        var server = await StartAsync();
        File.Delete(Socket);
        using var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        other.Bind(new UnixDomainSocketEndPoint(Socket));
        other.Listen();

        await server.DisposeAsync();

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await probe.ConnectAsync(new UnixDomainSocketEndPoint(Socket)).Within("the other one to be there still");
    }

    private Task<NodeListener> StartAsync(string? path = null) => NodeListener.StartAsync(
        new ListenerSettings(new UnixDomainSocketEndPoint(path ?? Socket), new PlayedCalls.PlayedHandler(LoopbackCalls.EchoAsync))).Within("the start");

    /// <summary>What a killed process leaves: a socket file nobody listens on. Bound under another name, because closing removes the name it was bound to.</summary>
    private void LeaveStaleSocket()
    {
        var bound = Socket + ".bound";
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(bound));
        File.Move(bound, Socket);
    }
}
