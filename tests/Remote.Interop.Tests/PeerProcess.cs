using System.Diagnostics;
using System.Text;
using System.Threading.Channels;

namespace Remote.Interop.Tests;

/// <summary>A gRPC library that is not ours, by the folder of its scripts.</summary>
public enum Library
{
    /// <summary>grpc-js.</summary>
    Node,

    /// <summary>grpcio, which is the C core that other languages use too.</summary>
    Python,
}

/// <summary>One of the scripts in node/ or python/, as a process of its own.</summary>
internal sealed class PeerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly TaskCompletionSource<string> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private PeerProcess(Library library, string script, string[] arguments)
    {
        // Debian's Python, which has Debian's grpcio; the one that is found first may be another.
        var (program, suffix) = library == Library.Node ? ("node", ".js") : ("/usr/bin/python3", ".py");
        var start = new ProcessStartInfo(program, [script + suffix, .. arguments])
        {
            WorkingDirectory = Folder(library),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => OnLine(line.Data);
        _process.ErrorDataReceived += (_, line) => OnLine(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it printed.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts a script that says where it listens.</summary>
    public static async Task<(PeerProcess Process, string Address)> StartAsync(Library library, string script, params string[] arguments)
    {
        var process = new PeerProcess(library, script, arguments);
        try
        {
            return (process, await process._address.Task.WaitAsync(Ceiling));
        }
        catch (Exception exception) when (exception is TimeoutException or InvalidOperationException)
        {
            await process.DisposeAsync();
            throw new InvalidOperationException($"The script {script} on {library} did not say where it listens. Was tests/prepare-interop.sh run? It printed: {process.Output}", exception);
        }
    }

    /// <summary>Starts a script that calls, and says how far it is.</summary>
    public static PeerProcess Start(Library library, string script, params string[] arguments) => new(library, script, arguments);

    /// <summary>Runs a script to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(Library library, string script, params string[] arguments)
    {
        await using var process = Start(library, script, arguments);
        return await process.EndAsync();
    }

    /// <summary>Waits for its end.</summary>
    public async Task<(int ExitCode, string Output)> EndAsync()
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(Ceiling);
        }
        catch (TimeoutException)
        {
            var command = string.Join(' ', _process.StartInfo.ArgumentList);
            throw new TimeoutException($"{_process.StartInfo.FileName} {command} did not end within {Ceiling}. It printed: {Output}");
        }

        return (_process.ExitCode, Output);
    }

    /// <summary>The rest of the next line that begins so.</summary>
    public async Task<string> ReadAfterAsync(string prefix)
    {
        using var limit = new CancellationTokenSource(Ceiling);
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(limit.Token))
            {
                if (line.StartsWith(prefix, StringComparison.Ordinal))
                {
                    return line[prefix.Length..];
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"No line that begins with '{prefix}' within {Ceiling}. It printed: {Output}");
        }

        throw new InvalidOperationException($"It ended without a line that begins with '{prefix}'. It printed: {Output}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            // The server ends when its input does; what does not end is ended.
            _process.StandardInput.Close();
            try
            {
                await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10));
            }
            catch (TimeoutException)
            {
                _process.Kill();
            }
        }

        _process.Dispose();
    }

    /// <summary>The scripts, found from where the tests run: a deterministic build knows no source paths.</summary>
    private static string Folder(Library library)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var scripts = Path.Combine(folder.FullName, library == Library.Node ? "node" : "python");
            if (Directory.GetFiles(folder.FullName, "*.csproj").Length > 0 && Directory.Exists(scripts))
            {
                return scripts;
            }
        }

        throw new InvalidOperationException($"There is no project with the scripts above {AppContext.BaseDirectory}.");
    }

    private void OnLine(string? line)
    {
        if (line is null)
        {
            _lines.Writer.TryComplete();
            _address.TrySetException(new InvalidOperationException("It ended."));
            return;
        }

        const string Listening = "listening on ";
        if (line.StartsWith(Listening, StringComparison.Ordinal))
        {
            _address.TrySetResult(line[Listening.Length..]);
        }

        _lines.Writer.TryWrite(line);
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}
