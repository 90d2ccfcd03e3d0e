using System.Net.Sockets;
using System.Runtime.Versioning;

namespace Remote.Tests;

[UnsupportedOSPlatform("windows")]
[Trait("Behaviour", "T-15")]
[Trait("Behaviour", "O-08")]
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

    /// <summary>They are bound under another name at first, and that is no other's either.</summary>
    [Fact]
    public async Task Listen_ManyInOneDirectoryAtOnce_AllListenAndLeaveNothingElse()
    {
        string[] paths = [.. Enumerable.Range(0, 20).Select(number => Path.Combine(_directory, $"{number}.sock"))];
        var servers = await Task.WhenAll(paths.Select(path => Task.Run(() => StartAsync(path)))).Within("the starts");

        Assert.Equal(paths.SelectMany(path => new[] { path, path + ".lock" }).Order(), Directory.GetFileSystemEntries(_directory).Order());
        await Task.WhenAll(servers.Select(server => server.DisposeAsync().AsTask())).Within("the ends");
        Assert.Equal(paths.Select(path => path + ".lock").Order(), Directory.GetFileSystemEntries(_directory).Order());
    }

    [Fact]
    public async Task Listen_PathOfFullLength_Works()
    {
        var folder = Path.Combine(_directory, new string('d', UnixPath.MaxBytes - _directory.Length - 4));
        await using var loopback = await Loopback.StartAsync(
            LoopbackCalls.EchoAsync, listen: settings => settings with { EndPoint = new UnixDomainSocketEndPoint(Path.Combine(folder, "ab")) });

        Assert.Equal(UnixPath.MaxBytes, loopback.Listener.Address.Length - PeerAddress.UnixScheme.Length);
        await loopback.ConverseAsync();
    }

    [Fact]
    public async Task Listen_AbstractName_IsRefusedWithTheReason()
    {
        var failure = await Assert.ThrowsAsync<IOException>(() => StartAsync("\0remote-test"));

        Assert.Contains("abstract socket", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>Somebody who listens without our lock, and whose backlog is full: who asked whether they answer would wait for ever.</summary>
    [Fact]
    public async Task Listen_SomebodyDoesNotAcceptThere_ThrowsAndDoesNotWait()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Socket)!);
        using var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        other.Bind(new UnixDomainSocketEndPoint(Socket));
        other.Listen(0);
        List<Socket> waiting = [];
        try
        {
            for (var isFull = false; !isFull;)
            {
                waiting.Add(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false });
                isFull = Record.Exception(() => waiting[^1].Connect(new UnixDomainSocketEndPoint(Socket))) is not null;
            }

            await Assert.ThrowsAsync<IOException>(() => StartAsync());
        }
        finally
        {
            waiting.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task Peer_OverAUnixSocket_IsKnownByItsUserAndProcess()
    {
        var seen = new TaskCompletionSource<(IUnixPeer? Feature, IUnixPeer? Found)>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Loopback.StartAsync(
            call =>
            {
                seen.TrySetResult((call.HttpContext.Features.Get<IUnixPeer>(), UnixPeer.Of(call.HttpContext.Features)));
                return LoopbackCalls.EchoAsync(call);
            },
            listen: settings => settings with { EndPoint = new UnixDomainSocketEndPoint(Socket) });
        await loopback.ConverseAsync();

        var (feature, found) = await seen.Task.Within("the call");
        Assert.Equal(new UnixPeer(OwnId("Uid:"), OwnId("Gid:"), Environment.ProcessId), feature);
        Assert.Equal(feature, found);
    }

    [Fact]
    public async Task Peer_OverTcp_HasNone()
    {
        var seen = new TaskCompletionSource<IUnixPeer?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Loopback.StartAsync(call =>
        {
            seen.TrySetResult(UnixPeer.Of(call.HttpContext.Features));
            return LoopbackCalls.EchoAsync(call);
        });
        await loopback.ConverseAsync();

        Assert.Null(await seen.Task.Within("the call"));
    }

    private static uint OwnId(string name) => uint.Parse(
        File.ReadLines("/proc/self/status").Single(line => line.StartsWith(name, StringComparison.Ordinal)).Split('\t')[2],
        System.Globalization.CultureInfo.InvariantCulture);

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
