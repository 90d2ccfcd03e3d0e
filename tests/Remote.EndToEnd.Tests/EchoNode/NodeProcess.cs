using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;

namespace Remote.EndToEnd.Tests;

/// <summary>
/// A program of this repository in a process of its own, as somebody would start it. What it prints is kept: the message of everything that fails
/// here ends with it.
/// </summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private const int LinesInMessage = 40;

    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _name;
    private readonly Channel<string> _output = Channel.CreateUnbounded<string>();
    private readonly List<string> _errors = [];
    private readonly List<string> _said = [];
    private readonly Task _reading;

    private NodeProcess(Process process, string name)
    {
        _process = process;
        _name = name;
        Id = process.Id;
        _reading = Task.WhenAll(
            ReadAsync(process.StandardOutput, "", line => _output.Writer.TryWrite(line)),
            ReadAsync(process.StandardError, "! ", _errors.Add));
    }

    public int Id { get; }

    /// <summary>Starts a program that lies beside the tests. Its standard input is open until <see cref="CloseInput"/>.</summary>
    public static NodeProcess Start(string program, params string[] arguments) =>
        StartAt(Path.Combine(AppContext.BaseDirectory, program + ".dll"), arguments);

    /// <summary>The same with variables of the environment.</summary>
    public static NodeProcess StartIn(IReadOnlyDictionary<string, string> environment, string program, params string[] arguments) =>
        Start(Path.Combine(AppContext.BaseDirectory, program + ".dll"), arguments, environment);

    /// <summary>Starts a program that lies elsewhere.</summary>
    public static NodeProcess StartAt(string assembly, params string[] arguments) => Start(assembly, arguments, new Dictionary<string, string>());

    private static NodeProcess Start(string assembly, string[] arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [assembly, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new NodeProcess(Process.Start(start)!, Path.GetFileNameWithoutExtension(assembly));
    }

    /// <summary>The rest of the next line that begins so.</summary>
    public async Task<string> ReadAfterAsync(string prefix)
    {
        while (true)
        {
            var line = await ReadLineAsync($"a line that begins with '{prefix}'");
            if (line.StartsWith(prefix, StringComparison.Ordinal))
            {
                return line[prefix.Length..];
            }
        }
    }

    /// <summary>The next line of output.</summary>
    /// <param name="awaited">What the message says if it does not come.</param>
    public async Task<string> ReadLineAsync(string awaited)
    {
        try
        {
            return await _output.Reader.ReadAsync().AsTask().WaitAsync(Ceiling);
        }
        catch (ChannelClosedException)
        {
            await _reading.WaitAsync(Ceiling);

            // Its output ends a moment before it does, and how it ended belongs into the message.
            await _process.WaitForExitAsync().WaitAsync(Ceiling);
            throw new InvalidOperationException($"The process ended without {awaited}. {Describe()}");
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{awaited}: not within {Ceiling}. {Describe()}");
        }
    }

    public async Task WriteLineAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line).WaitAsync(Ceiling);
        await _process.StandardInput.FlushAsync().WaitAsync(Ceiling);
    }

    /// <summary>What a process sees whose parent has died.</summary>
    public void CloseInput() => _process.StandardInput.Close();

    public Task SendTermAsync() => SendSignalAsync("TERM");

    public async Task SendSignalAsync(string signal)
    {
        // .NET has no call that sends another process a signal of choice.
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} {Id}"]);
        await kill.WaitForExitAsync().WaitAsync(Ceiling);
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Ends it at once, as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Ceiling);
    }

    /// <summary>Waits for the end; gives what was printed, and not read before.</summary>
    /// <param name="ceiling">How long that may take; a minute if left out.</param>
    public async Task<(int ExitCode, string Output, string Errors)> WaitForExitAsync(TimeSpan? ceiling = null)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(ceiling ?? Ceiling);
            await _reading.WaitAsync(Ceiling);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"It did not end within {ceiling ?? Ceiling}. {Describe()}");
        }

        List<string> unread = [];
        while (_output.Reader.TryRead(out var line))
        {
            unread.Add(line);
        }

        return (_process.ExitCode, string.Join('\n', unread), string.Join('\n', _errors));
    }

    /// <summary>Whether a line of its output, read or not, held this.</summary>
    public bool HasSaid(string text)
    {
        lock (_said)
        {
            return _said.Exists(line => line.Contains(text, StringComparison.Ordinal));
        }
    }

    /// <summary>What it is, what became of it and what it printed last.</summary>
    public string Describe()
    {
        var end = _process.HasExited ? string.Create(CultureInfo.InvariantCulture, $"exit code {_process.ExitCode}") : "running";
        lock (_said)
        {
            return $"{_name}, pid {Id}, {end}, said:\n{string.Join('\n', _said.TakeLast(LinesInMessage))}";
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync().WaitAsync(Ceiling);
        }

        await _reading.WaitAsync(Ceiling);
        _process.Dispose();
    }

    // Read all the time, or a process that says more than a pipe holds would wait for its reader.
    private async Task ReadAsync(StreamReader stream, string mark, Action<string> keep)
    {
        while (await stream.ReadLineAsync() is { } line)
        {
            lock (_said)
            {
                _said.Add(mark + line);
            }

            keep(line);
        }

        if (mark.Length == 0)
        {
            _output.Writer.TryComplete();
        }
    }
}
