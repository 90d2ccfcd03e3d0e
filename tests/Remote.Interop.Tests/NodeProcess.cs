using System.Diagnostics;
using System.Text;

namespace Remote.Interop.Tests;

/// <summary>One of the scripts in node/, as a process of its own.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource<string> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private NodeProcess(params string[] arguments)
    {
        var start = new ProcessStartInfo("node", arguments)
        {
            WorkingDirectory = Folder(),
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

    public static async Task<(NodeProcess Process, string Address)> StartServerAsync()
    {
        var process = new NodeProcess("server.js");
        try
        {
            return (process, await process._address.Task.WaitAsync(Ceiling));
        }
        catch (Exception exception) when (exception is TimeoutException or InvalidOperationException)
        {
            await process.DisposeAsync();
            throw new InvalidOperationException($"node/server.js did not say where it listens. Was tests/prepare-interop.sh run? It printed: {process.Output}", exception);
        }
    }

    /// <summary>Plays a scenario of client.js to its end.</summary>
    public static async Task<(int ExitCode, string Output)> PlayAsync(string address, string scenario)
    {
        await using var process = new NodeProcess("client.js", address, scenario);
        try
        {
            await process._process.WaitForExitAsync().WaitAsync(Ceiling);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"node/client.js did not end scenario {scenario} within {Ceiling}. It printed: {process.Output}");
        }

        return (process._process.ExitCode, process.Output);
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
    private static string Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var scripts = Path.Combine(folder.FullName, "node");
            if (File.Exists(Path.Combine(scripts, "package.json")))
            {
                return scripts;
            }
        }

        throw new InvalidOperationException($"There is no folder node/ with a package.json above {AppContext.BaseDirectory}.");
    }

    private void OnLine(string? line)
    {
        if (line is null)
        {
            _address.TrySetException(new InvalidOperationException("It ended."));
            return;
        }

        const string Listening = "listening on ";
        if (line.StartsWith(Listening, StringComparison.Ordinal))
        {
            _address.TrySetResult(line[Listening.Length..]);
        }

        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}
