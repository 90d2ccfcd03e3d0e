using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Remote.Cluster.Tests.Servers;

/// <summary>
/// A real redis-server on a free port, with a folder of its own. A shell stays with it: should the test die, the shell's input ends and it kills the
/// server, also one that is paused.
/// </summary>
public sealed class RedisServer : IAsyncDisposable
{
    // The server must not read the shell's input: its end is the signal.
    private const string Guard = """redis-server "$@" </dev/null >/dev/null 2>&1 & echo $!; read -r line; kill -KILL $!; wait""";
    private static readonly TimeSpan s_ceiling = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("remote-redis-");
    private readonly RedisServerOptions _options;
    private Process? _guard;
    private int _processId;

    private RedisServer(RedisServerOptions options) => _options = options;

    /// <summary>The port on 127.0.0.1; the same after each start.</summary>
    public int Port { get; private set; }

    /// <summary>Host and port, as connection strings have them.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>Starts one, and waits until it answers.</summary>
    public static async Task<RedisServer> StartAsync(RedisServerOptions? options = null)
    {
        var server = new RedisServer(options ?? new RedisServerOptions());
        for (var attempt = 1; ; attempt++)
        {
            server.Port = FreePort();
            try
            {
                await server.StartAgainAsync();
                break;
            }
            catch (InvalidOperationException) when (attempt < 5)
            {
                // Somebody took the port between the look and the start.
            }
        }

        if (server._options.IsCluster)
        {
            await server.AskAsync("CLUSTER ADDSLOTSRANGE 0 16383");
            await server.UntilAsync(async () => (await server.AskAsync("EXISTS x")).StartsWith(':'), "the cluster's slots");
        }

        return server;
    }

    /// <summary>Starts it on the same port with the same folder, after <see cref="KillAsync"/>.</summary>
    public async Task StartAgainAsync()
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Guard, "redis-server", .. Arguments()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        _guard = Process.Start(start)!;
        _processId = int.Parse((await _guard.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        await UntilAsync(async () =>
        {
            if (!Directory.Exists($"/proc/{_processId}"))
            {
                throw new InvalidOperationException($"redis-server ended at its start: {await LogAsync()}");
            }

            var answer = await AskAsync("PING");
            return answer.StartsWith("+PONG", StringComparison.Ordinal) || answer.StartsWith("-NOAUTH", StringComparison.Ordinal);
        }, "the start of redis-server");
    }

    /// <summary>SIGKILL: what it has not written is lost.</summary>
    public async Task KillAsync()
    {
        if (_guard is not { } guard)
        {
            return;
        }

        _guard = null;
        guard.StandardInput.Close();
        await guard.WaitForExitAsync().WaitAsync(s_ceiling);
        guard.Dispose();
    }

    /// <summary>SIGSTOP: it holds its connections and answers nobody.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    /// <summary>SIGCONT.</summary>
    public Task ResumeAsync() => SignalAsync("CONT");

    /// <summary>Sends one command on a connection of its own, and gives the first line of the answer; empty when nobody is there.</summary>
    public async Task<string> AskAsync(string command)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port);
            var stream = client.GetStream();
            await stream.WriteAsync(Encoding.UTF8.GetBytes(command + "\r\n"));
            using var reader = new StreamReader(stream);
            return await reader.ReadLineAsync().WaitAsync(s_ceiling) ?? "";
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return "";
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _folder.Delete(recursive: true);
    }

    private IEnumerable<string> Arguments()
    {
        string[] arguments =
        [
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", _folder.FullName, "--save", "",
            "--logfile", Path.Combine(_folder.FullName, "log"), "--appendonly", _options.Persistence == RedisPersistence.AppendOnly ? "yes" : "no",
        ];
        string[] password = _options.Password is { } text ? ["--requirepass", text] : [];
        string[] replica = _options.ReplicaOf == 0 ? [] : ["--replicaof", $"127.0.0.1 {_options.ReplicaOf}"];
        string[] cluster = _options.IsCluster ? ["--cluster-enabled", "yes", "--cluster-port", FreePort().ToString(CultureInfo.InvariantCulture)] : [];
        return [.. arguments, .. password, .. replica, .. cluster];
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("/bin/kill", [$"-{signal}", _processId.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync().WaitAsync(s_ceiling);
        Assert.Equal(0, kill.ExitCode);
    }

    private async Task UntilAsync(Func<Task<bool>> isTrue, string phase)
    {
        var started = Stopwatch.StartNew();
        while (!await isTrue())
        {
            Assert.True(started.Elapsed < s_ceiling, $"{phase}: not done within {s_ceiling}. {await LogAsync()}");
            await Task.Delay(20);
        }
    }

    private async Task<string> LogAsync()
    {
        var log = Path.Combine(_folder.FullName, "log");
        return File.Exists(log) ? await File.ReadAllTextAsync(log) : "no log";
    }

    // Below the ports that the system gives to connections, so that it is still free when the server starts again.
    private static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(12_000, 32_000);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Taken: another one.
            }
        }
    }
}
