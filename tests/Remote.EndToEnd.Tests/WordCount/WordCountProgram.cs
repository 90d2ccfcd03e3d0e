using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using WordCount;

namespace Remote.EndToEnd.Tests;

/// <summary>The program as a process of its own, with its output read line by line.</summary>
internal sealed class WordCountProgram : IAsyncDisposable
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly List<string> _lines = [];
    private readonly TemporaryFolder _folder = new();

    private WordCountProgram(IEnumerable<string> command)
    {
        var start = new ProcessStartInfo(command.First(), [.. command.Skip(1), "--json", _folder.Of("report.json")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public IReadOnlyList<string> Lines => _lines;

    public JsonReport Report => JsonReport.Parse(File.ReadAllText(_folder.Of("report.json")))!;

    public bool HasReport => File.Exists(_folder.Of("report.json"));

    public int ProcessId => _process.Id;

    private static string Executable => Path.Combine(AppContext.BaseDirectory, "WordCount");

    public static WordCountProgram Start(params string[] arguments) => new([Executable, .. arguments]);

    /// <summary>Without the power of root to read what is forbidden to everybody; whoever is not root has no such power.</summary>
    public static WordCountProgram StartAsOrdinaryUser(params string[] arguments)
    {
        const string powers = "-dac_override,-dac_read_search";
        string[] prefix = Environment.IsPrivilegedProcess ? ["setpriv", $"--bounding-set={powers}", $"--inh-caps={powers}"] : [];
        return new([.. prefix, Executable, .. arguments]);
    }

    public static async Task SignalAsync(string signal, params int[] processIds)
    {
        var arguments = processIds.Select(id => id.ToString(CultureInfo.InvariantCulture)).Prepend($"-{signal}");
        using var kill = Process.Start("kill", arguments);
        await kill.WaitForExitAsync().WaitAsync(Ceiling);
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>The next line of output that matches.</summary>
    public async Task<Match> LineAsync(string pattern)
    {
        Match? match = null;
        await ReadAsync($"a line like '{pattern}'", line => (match = Regex.Match(line, pattern)).Success);
        return match is { Success: true }
            ? match
            : throw new InvalidOperationException($"The output ended without a line like '{pattern}':\n{Tail}\n{await _errors.WaitAsync(Ceiling)}");
    }

    /// <summary>The process ids of the workers, by number, as the program prints them.</summary>
    public async Task<Dictionary<int, int>> WorkersAsync(int howMany)
    {
        var workers = new Dictionary<int, int>();
        while (workers.Count < howMany)
        {
            var line = await LineAsync(@"^worker (\d+) pid (\d+) at 127\.0\.0\.1:\d+$");
            workers.Add(Number(line, 1), Number(line, 2));
        }

        return workers;
    }

    /// <summary>The next line of progress, as the number of unfinished chunks of each worker that is not lost.</summary>
    public async Task<Dictionary<int, int>> UnfinishedAsync()
    {
        var line = await LineAsync("unfinished chunks: (.*), waiting");
        return Regex.Matches(line.Groups[1].Value, @"worker (\d+) (\d+)").ToDictionary(match => Number(match, 1), match => Number(match, 2));
    }

    /// <summary>Reads on to the end and returns the exit code and what was said on standard error.</summary>
    /// <remarks>Standard error is shared with the workers: it ends when the last of them has gone.</remarks>
    public async Task<(int ExitCode, string Errors)> EndAsync()
    {
        await ReadAsync("the end of the output", _ => false);
        await _process.WaitForExitAsync().WaitAsync(Ceiling);
        return (_process.ExitCode, await _errors.WaitAsync(Ceiling));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync().WaitAsync(Ceiling);
        }

        _process.Dispose();
        _folder.Dispose();
    }

    // Bounded as a whole: a program that hangs still writes a line of progress now and then.
    private async Task ReadAsync(string awaited, Func<string, bool> until)
    {
        using var timeout = new CancellationTokenSource(Ceiling);
        try
        {
            while (await _process.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
            {
                _lines.Add(line);
                if (until(line))
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Awaited {awaited} for {Ceiling}; the last lines were:\n{Tail}");
        }
    }

    private string Tail => string.Join('\n', _lines.TakeLast(20));

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
}
