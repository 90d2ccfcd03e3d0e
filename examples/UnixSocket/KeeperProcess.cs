using System.Diagnostics;
using Examples;

namespace UnixSockets;

/// <summary>This program once more, as the process that listens.</summary>
internal sealed class KeeperProcess : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private KeeperProcess(ChildProcess process) => _process = process;

    public int Id => _process.Id;

    public static KeeperProcess Start(string path, CancellationToken cancellation) =>
        new(ChildProcess.Start("the keeper", readsErrors: true, cancellation, "--keep", path));

    /// <summary>The address at which it listens; <see langword="null"/> when it ended without.</summary>
    public async Task<string?> ReadAddressAsync()
    {
        while (await _process.ReadLineAsync(Keeper.ReadyPrefix) is { } line)
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
        var errors = await _process.ReadErrorsAsync();
        await _process.Ended;
        return (_process.ExitCode, errors.Trim());
    }

    /// <summary>Something that needs it all the time.</summary>
    /// <exception cref="ProcessLostException">It ended in the middle of it.</exception>
    public Task<T> DuringAsync<T>(Task<T> work) => _process.DuringAsync(work);

    /// <summary>Ends it at once, as <c>kill -9</c> does.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>Asks it to end, as a service manager does.</summary>
    public async Task TerminateAsync()
    {
        // .NET has no call that sends another process a signal of choice.
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -TERM {Id}"]);
        await kill.WaitForExitAsync();
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
