using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text.Json;

namespace Remote.Tests;

/// <summary>A real Prometheus that scrapes one page each second. <c>tests/prepare-prometheus.sh</c> gets it.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly Process _process;
    private readonly HttpClient _http;

    private PrometheusServer(DirectoryInfo folder, Process process, int port)
    {
        (_folder, _process) = (folder, process);
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/v1/") };
    }

    /// <param name="target">The page, <c>host:port</c>.</param>
    /// <param name="rules">The file with alert rules.</param>
    public static PrometheusServer Start(string target, string rules)
    {
        var folder = Directory.CreateTempSubdirectory("remote-prometheus-");
        var config = Path.Combine(folder.FullName, "prometheus.yml");
        File.WriteAllText(config, $"""
            global:
              scrape_interval: 1s
              evaluation_interval: 1s
            rule_files: ['{rules}']
            scrape_configs:
              - job_name: remote
                static_configs:
                  - targets: ['{target}']
            """);
        var port = FreePort();
        var start = new ProcessStartInfo(Program())
        {
            ArgumentList =
            {
                $"--config.file={config}", $"--storage.tsdb.path={Path.Combine(folder.FullName, "data")}",
                string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}"), "--log.level=error",
            },
        };
        return new PrometheusServer(folder, Process.Start(start)!, port);
    }

    /// <summary>How many series a query finds.</summary>
    public async Task<int> CountAsync(string query)
    {
        using var answer = await AskAsync($"query?query={Uri.EscapeDataString(query)}");
        return answer.RootElement.GetProperty("data").GetProperty("result").GetArrayLength();
    }

    /// <summary>The names of the rules that it evaluates without a fault.</summary>
    public async Task<IReadOnlyList<string>> RulesAsync()
    {
        using var answer = await AskAsync("rules");
        return
        [
            .. answer.RootElement.GetProperty("data").GetProperty("groups").EnumerateArray()
                .SelectMany(static group => group.GetProperty("rules").EnumerateArray())
                .Where(static rule => rule.GetProperty("health").GetString() == "ok")
                .Select(static rule => rule.GetProperty("name").GetString()!),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync().Within("the end of Prometheus");
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<JsonDocument> AskAsync(string what)
    {
        using var response = await _http.GetAsync(new Uri(what, UriKind.Relative)).Within(what);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{what}: {text}");
        return JsonDocument.Parse(text);
    }

    private static string Program()
    {
        var unpacked = typeof(PrometheusServer).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static entry => entry.Key == "Prometheus").Value!;
        return File.Exists(unpacked) ? unpacked : "prometheus";
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
