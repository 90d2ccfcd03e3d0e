using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Remote.EndToEnd.Tests;

/// <summary>An example as somebody would start it, where it lies, with everything that it prints and everything that it starts.</summary>
internal sealed class ExampleProgram : IAsyncDisposable
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    // tests/<these tests>/bin/<configuration>/<framework>
    private static readonly DirectoryInfo Output = new(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    private readonly NodeProcess _process;
    private readonly List<string> _lines = [];
    private readonly List<Process> _children = [];

    private ExampleProgram(NodeProcess process) => _process = process;

    /// <summary>The examples there are, by their folders.</summary>
    public static IEnumerable<string> All => new DirectoryInfo(FolderOf("")).GetDirectories()
        .Where(folder => folder.GetFiles("*.csproj").Length > 0).Select(folder => folder.Name).Order(StringComparer.Ordinal);

    public static ExampleProgram Start(string example, params string[] arguments) => new(NodeProcess.StartAt(
        Path.Combine(FolderOf(example), "bin", Output.Parent!.Name, Output.Name, example + ".dll"), arguments));

    /// <summary>Where a file of the repository lies.</summary>
    public static string InRepository(string path) => Path.Combine(Output.Parent!.Parent!.Parent!.Parent!.Parent!.FullName, path);

    /// <summary>An address at which nobody listens.</summary>
    public static string Nobody()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket.LocalEndPoint!.ToString()!;
    }

    /// <summary>Reads on to a line that matches, and finds out what has been started until then.</summary>
    public async Task<Match> ReadUntilAsync(string pattern)
    {
        while (true)
        {
            var line = await _process.ReadLineAsync($"a line like '{pattern}'");
            _lines.Add(line);
            if (Regex.Match(line, pattern) is { Success: true } match)
            {
                _children.AddRange(Descendants.Of(_process.Id));
                return match;
            }
        }
    }

    public Task TypeAsync(string line) => _process.WriteLineAsync(line);

    public void EndInput() => _process.CloseInput();

    public Task TerminateAsync() => _process.SendTermAsync();

    public Task KillAsync() => _process.KillAsync();

    /// <summary>What a terminal does: every process of the program gets the signal.</summary>
    public Task InterruptAsync() => WordCountProgram.SignalAsync("INT", [_process.Id, .. _children.Where(child => !child.HasExited).Select(child => child.Id)]);

    /// <summary>Kills those of its processes that the lines so far name so.</summary>
    /// <param name="pattern">Its first group is the id of a process.</param>
    public void KillNamed(string pattern)
    {
        var victims = _lines.Select(line => Regex.Match(line, pattern)).Where(match => match.Success).ToList();
        Assert.NotEmpty(victims);
        victims.ForEach(match => Process.GetProcessById(int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)).Kill());
    }

    /// <summary>Kills those of its processes whose program is called so.</summary>
    public void KillProgram(string name)
    {
        // Some servers write more into their name: "redis-server 127.0.0.1:6379".
        var victims = _children.Where(child => child.ProcessName.StartsWith(name, StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(victims);
        victims.ForEach(victim => victim.Kill());
    }

    /// <summary>Waits for its end and for that of everything it has started.</summary>
    /// <returns>The exit code, and all that was printed.</returns>
    public async Task<(int ExitCode, string Said)> EndAsync()
    {
        var (exitCode, output, errors) = await _process.WaitForExitAsync();
        foreach (var child in _children)
        {
            await child.WaitForExitAsync().WaitAsync(Ceiling);
        }

        return (exitCode, string.Join('\n', [.. _lines, output, errors]));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var child in _children)
        {
            if (!child.HasExited)
            {
                child.Kill();
            }

            child.Dispose();
        }

        await _process.DisposeAsync();
    }

    private static string FolderOf(string example) => InRepository(Path.Combine("examples", example));
}
