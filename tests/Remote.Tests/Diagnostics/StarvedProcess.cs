using System.Diagnostics;

namespace Remote.Tests;

/// <summary>This assembly as a program (<see cref="StarvedProgram"/>, <see cref="LoneProgram"/>) in a process of its own.</summary>
internal sealed class StarvedProcess : IAsyncDisposable
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(90);

    private readonly Process _process;

    private StarvedProcess(Process process) => _process = process;

    public static StarvedProcess Start(params string[] arguments) => Start(arguments, new Dictionary<string, string>());

    /// <param name="arguments">What it is to be.</param>
    /// <param name="variables">Of its environment, beside those of this one.</param>
    public static StarvedProcess Start(string[] arguments, IReadOnlyDictionary<string, string> variables)
    {
        // A shell ignores the interrupt in whatever it runs in the background, tests too, and that is inherited for ever.
        string[] command = [.. OperatingSystem.IsLinux() ? ["env", "--default-signal=INT"] : Array.Empty<string>(), "dotnet", typeof(StarvedProgram).Assembly.Location];
        var start = new ProcessStartInfo(command[0], [.. command[1..], .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

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

    /// <summary>Sends it a signal.</summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync().WaitAsync(Ceiling);
    }

    /// <summary>Lets it end and waits for that.</summary>
    public Task<int> EndAsync()
    {
        _process.StandardInput.Close();
        return ExitAsync();
    }

    /// <summary>Waits for its end.</summary>
    public async Task<int> ExitAsync()
    {
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
