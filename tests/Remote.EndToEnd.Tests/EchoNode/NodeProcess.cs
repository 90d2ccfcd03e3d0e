using System.Diagnostics;

namespace Remote.EndToEnd.Tests;

/// <summary>A program of this repository in a process of its own, as somebody would start it.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _name;

    private NodeProcess(Process process, string name)
    {
        _process = process;
        _name = name;
    }

    /// <summary>Starts a program that lies beside the tests.</summary>
    public static NodeProcess Start(string program, params string[] arguments)
    {
        var assembly = Path.Combine(AppContext.BaseDirectory, program + ".dll");
        var start = new ProcessStartInfo("dotnet", [assembly, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new NodeProcess(Process.Start(start)!, program);
    }

    /// <summary>The rest of the first line that begins so.</summary>
    public async Task<string> ReadAfterAsync(string prefix)
    {
        while (await _process.StandardOutput.ReadLineAsync().WaitAsync(Ceiling) is { } line)
        {
            if (line.StartsWith(prefix, StringComparison.Ordinal))
            {
                return line[prefix.Length..];
            }
        }

        throw new InvalidOperationException(
            $"{_name} ended without '{prefix}...'. It said: {await _process.StandardError.ReadToEndAsync().WaitAsync(Ceiling)}");
    }

    public async Task SendTermAsync()
    {
        // .NET has no call that sends another process a signal of choice.
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -TERM {_process.Id}"]);
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
    public async Task<(int ExitCode, string Output, string Errors)> WaitForExitAsync()
    {
        var output = _process.StandardOutput.ReadToEndAsync();
        var errors = _process.StandardError.ReadToEndAsync();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(Ceiling);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{_name} did not end within {Ceiling.TotalSeconds} s.");
        }

        return (_process.ExitCode, await output.WaitAsync(Ceiling), await errors.WaitAsync(Ceiling));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync().WaitAsync(Ceiling);
        }

        _process.Dispose();
    }
}
