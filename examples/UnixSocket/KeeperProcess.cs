using System.Diagnostics;

namespace UnixSockets;

/// <summary>This program once more, as the process that listens.</summary>
internal sealed class KeeperProcess : IAsyncDisposable
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private KeeperProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public static KeeperProcess Start(string path) =>
        new(Process.Start(StartInfo(path)) ?? throw new UnexpectedException("No process was started."));

    /// <summary>The address at which it listens; <see langword="null"/> when it ended without.</summary>
    public async Task<string?> ReadAddressAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync().WaitAsync(Ceiling) is { } line)
        {
            if (line.StartsWith(Keeper.ReadyPrefix, StringComparison.Ordinal))
            {
                return line[Keeper.ReadyPrefix.Length..];
            }
        }

        return null;
    }

    /// <summary>Its exit code and last words, when it has ended.</summary>
    public async Task<(int ExitCode, string Errors)> ReadEndAsync()
    {
        var errors = await _process.StandardError.ReadToEndAsync().WaitAsync(Ceiling);
        await _process.WaitForExitAsync().WaitAsync(Ceiling);
        return (_process.ExitCode, errors.Trim());
    }

    /// <summary>Ends it at once, as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Ceiling);
    }

    /// <summary>Asks it to end, as a service manager does.</summary>
    public async Task TerminateAsync()
    {
        // .NET has no call that sends another process a signal of choice.
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -TERM {Id}"]);
        await kill.WaitForExitAsync().WaitAsync(Ceiling);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private static ProcessStartInfo StartInfo(string path)
    {
        var program = Environment.ProcessPath ?? throw new UnexpectedException("The path of this program is not known.");

        // Started as `dotnet UnixSocket.dll`, the program is the first argument.
        string[] itself = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(KeeperProcess).Assembly.Location] : [];
        return new ProcessStartInfo(program, [.. itself, "--keep", path]) { RedirectStandardOutput = true, RedirectStandardError = true };
    }
}
