using System.Diagnostics;
using System.Globalization;

namespace Remote.EndToEnd.Tests;

/// <summary>
/// A process that is stopped (SIGSTOP) by a shell that stays with it: should the test die, the shell's input ends and it kills the process, which
/// could not notice that by itself.
/// </summary>
internal sealed class PausedProcess : IAsyncDisposable
{
    // A line from the test lets it go in peace; the end of the input does not.
    private const string Guard = """kill -STOP "$0" && echo paused && read -r line || kill -KILL "$0" """;

    private readonly Process _guard;

    private PausedProcess(Process guard) => _guard = guard;

    /// <summary>Stops a process for good: only a kill ends it.</summary>
    public static async Task<PausedProcess> PauseAsync(int processId)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Guard, processId.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var paused = new PausedProcess(Process.Start(start)!);
        var said = await paused._guard.StandardOutput.ReadLineAsync().Within("pausing a process");
        Assert.Equal("paused", said);
        return paused;
    }

    /// <summary>What the shell sees when the test has died.</summary>
    public async Task LoseTestAsync()
    {
        _guard.StandardInput.Close();
        await _guard.WaitForExitAsync().Within("the end of the guard of a paused process");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_guard.HasExited)
        {
            await _guard.StandardInput.WriteLineAsync("done");
            _guard.StandardInput.Close();
            await _guard.WaitForExitAsync().Within("the end of the guard of a paused process");
        }

        _guard.Dispose();
    }
}
