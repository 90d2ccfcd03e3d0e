using System.Diagnostics;

namespace Remote.Tests;

/// <summary><see cref="StarvedProgram"/> in a process of its own.</summary>
internal sealed class StarvedProcess : IAsyncDisposable
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(90);

    private readonly Process _process;

    private StarvedProcess(Process process) => _process = process;

    public static StarvedProcess Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(StarvedProgram).Assembly.Location, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return new StarvedProcess(Process.Start(start)!);
    }

    public void Order(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>The rest of the next line, which has to begin so.</summary>
    public async Task<string> ReadAsync(string prefix)
    {
        string? line;
        try
        {
            line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Ceiling);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"The process said nothing for {Ceiling}; expected '{prefix}...'.");
        }

        Assert.StartsWith(prefix, line ?? "the end of the output", StringComparison.Ordinal);
        return line![prefix.Length..];
    }

    /// <summary>Lets it end and waits for that.</summary>
    public async Task<int> EndAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(Ceiling);
        return _process.ExitCode;
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
