using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace OrderCluster;

/// <summary>
/// A server of this run alone: on a free port of this machine, in a folder of its own, without anything of it left afterwards. A shell waits beside it for the end
/// of its standard input, so that it does not outlive this process; Ctrl+C, which a terminal sends to every process of the program, is not for it.
/// </summary>
internal sealed class LocalServer : IAsyncDisposable
{
    // The server and what waits for the end of input are side by side: whichever ends first ends the other, and then the shell.
    private const string Shell = """
        trap '' INT; exec 3<&0 2>/dev/null
        "$@" >server.log 2>&1 3<&- & pid=$!
        { read -r _ <&3; kill -9 $pid; } & watcher=$!
        exec 3<&-; wait $pid; kill $watcher
        """;

    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("orders-");
    private readonly string _name;
    private readonly Process _process;

    private LocalServer(string program, int port, IEnumerable<string> arguments)
    {
        _name = Path.GetFileName(program);
        Port = port;
        _process = Process.Start(new ProcessStartInfo("sh", ["-c", Shell, "sh", program, .. arguments])
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardInput = true,
        })!;
        Ended = _process.WaitForExitAsync();
    }

    public int Port { get; }

    /// <summary>Completes when the server has ended.</summary>
    public Task Ended { get; }

    public override string ToString() => $"{_name} at 127.0.0.1:{Port}";

    /// <summary>An etcd; <see langword="null"/> where there is none on this machine.</summary>
    public static async Task<LocalServer?> StartEtcdAsync()
    {
        if (Find("etcd") is not { } program)
        {
            return null;
        }

        var (client, peer) = (FreePort(), FreePort());
        var (clients, peers) = ($"http://127.0.0.1:{client}", $"http://127.0.0.1:{peer}");
        return await new LocalServer(program, client,
        [
            "--data-dir", "data", "--listen-client-urls", clients, "--advertise-client-urls", clients,
            "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers, "--initial-cluster", $"default={peers}",
        ]).WhenReadyAsync();
    }

    /// <summary>A Redis; <see langword="null"/> where there is none on this machine.</summary>
    public static async Task<LocalServer?> StartRedisAsync() => Find("redis-server") is { } program && FreePort() is var port
        ? await new LocalServer(program, port, ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--maxmemory-policy", "noeviction"]).WhenReadyAsync()
        : null;

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<LocalServer> WhenReadyAsync()
    {
        using var late = new CancellationTokenSource(Ceiling);
        while (!await AcceptsAsync())
        {
            if (late.IsCancellationRequested || _process.HasExited)
            {
                var log = await File.ReadAllTextAsync(Path.Combine(_folder.FullName, "server.log"), CancellationToken.None);
                await DisposeAsync();
                throw new OrderDeskException($"{_name} does not listen on port {Port}: {log}");
            }

            await Task.Delay(Look, CancellationToken.None);
        }

        return this;
    }

    private async Task<bool> AcceptsAsync()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    // Debian's servers lie in folders that are not in every user's PATH.
    private static string? Find(string program) => $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/usr/local/sbin"
        .Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
