using System.Diagnostics;
using System.Globalization;

namespace Remote.Cluster.Tests.Servers;

/// <summary>
/// A real etcd, one or one of several, on ports of its own and with a data folder of its own. <c>tests/prepare-cluster.sh</c> installs the program. It
/// does not outlive the test process: a shell waits beside it for the end of its standard input.
/// </summary>
internal sealed class EtcdServer : IAsyncDisposable
{
    private const string Shell = """exec 2>/dev/null; etcd "$@" >>"$ETCD_TEST_LOG" 2>&1 & pid=$!; echo $pid; read -r _; kill -9 $pid 2>/dev/null; wait $pid""";
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);
    private static readonly HttpClient Http = new();

    private readonly EtcdServerSettings _settings;
    private readonly string _folder = Directory.CreateTempSubdirectory("remote-etcd-").FullName;
    private readonly int _healthPort = FreePorts.Next();
    private readonly string _name;
    private string _peers;
    private Process? _process;
    private string? _pid;

    private EtcdServer(string name, EtcdServerSettings settings)
    {
        (_name, _settings) = (name, settings);
        _peers = $"{name}={PeerUrl}";
    }

    public int Port { get; } = FreePorts.Next();

    /// <summary>What clients are told: <c>http://127.0.0.1:port</c>, or https.</summary>
    public string Endpoint => $"{(_settings.Certificates is null ? "http" : "https")}://127.0.0.1:{Port}";

    private int PeerPort { get; } = FreePorts.Next();

    private string PeerUrl => $"http://127.0.0.1:{PeerPort}";

    private string Log => Path.Combine(_folder, "etcd.log");

    public static async Task<EtcdServer> StartAsync(EtcdServerSettings? settings = null)
    {
        var server = new EtcdServer("alone", settings ?? new EtcdServerSettings());
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>So many that are one cluster. Only the first <paramref name="running"/> are started; all of them if left out.</summary>
    public static async Task<EtcdServer[]> StartClusterAsync(int count, int? running = null)
    {
        var servers = Enumerable.Range(1, count).Select(number => new EtcdServer($"server{number}", new EtcdServerSettings())).ToArray();
        var peers = string.Join(',', servers.Select(server => server._peers));
        foreach (var server in servers)
        {
            server._peers = peers;
        }

        var started = servers.Take(running ?? count).ToArray();
        Array.ForEach(started, server => server.Launch());
        if (started.Length * 2 > count)
        {
            await Task.WhenAll(started.Select(server => server.WaitForHealthAsync()));
        }

        return servers;
    }

    /// <summary>Starts it, for the first time or after <see cref="KillAsync"/>, with the data that it had.</summary>
    public Task StartAgainAsync()
    {
        Launch();
        return WaitForHealthAsync();
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            await SignalAsync("KILL");
            process.StandardInput.Close();
            await process.WaitForExitAsync().WaitAsync(Ceiling);
            process.Dispose();
        }
    }

    /// <summary>SIGSTOP: connections stay open, and nothing answers.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    /// <summary>SIGCONT.</summary>
    public Task ResumeAsync() => SignalAsync("CONT");

    /// <summary>Throws all it knows away; it must have been killed.</summary>
    public void LoseData() => Directory.Delete(Path.Combine(_folder, "data"), recursive: true);

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private void Launch()
    {
        var start = new ProcessStartInfo("bash", ["-c", Shell, "etcd", .. Arguments()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["ETCD_TEST_LOG"] = Log },
        };
        _process = Process.Start(start)!;
        _pid = _process.StandardOutput.ReadLine();
    }

    private string[] Arguments() =>
    [
        "--name", _name,
        "--data-dir", Path.Combine(_folder, "data"),
        "--listen-client-urls", Endpoint,
        "--advertise-client-urls", Endpoint,
        "--listen-peer-urls", PeerUrl,
        "--initial-advertise-peer-urls", PeerUrl,
        "--initial-cluster", _peers,
        "--listen-metrics-urls", $"http://127.0.0.1:{_healthPort}",
        "--logger", "zap",
        "--log-level", "error",

        // Leases are at least three half elections long, and a start waits for one: the defaults are for networks, this is one machine.
        "--heartbeat-interval", "50",
        "--election-timeout", "500",
        "--bcrypt-cost", "4",
        .. _settings.Certificates?.EtcdArguments ?? [],
    ];

    // Its own health page is the only way to know that it has a leader; a listening port is not enough.
    private async Task WaitForHealthAsync()
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                var answer = await Http.GetStringAsync($"http://127.0.0.1:{_healthPort}/health");
                if (answer.Contains("\"true\"", StringComparison.Ordinal))
                {
                    return;
                }
            }
            catch (HttpRequestException) when (Stopwatch.GetElapsedTime(began) < Ceiling)
            {
                // Not yet.
            }

            if (Stopwatch.GetElapsedTime(began) > Ceiling)
            {
                throw new TimeoutException($"etcd {_name} is not healthy after {Ceiling}: {(File.Exists(Log) ? File.ReadAllText(Log) : "no log")}");
            }

            await Task.Delay(20);
        }
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, int.Parse(_pid!, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync().WaitAsync(Ceiling);
    }
}
