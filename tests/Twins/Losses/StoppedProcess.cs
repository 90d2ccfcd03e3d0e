using System.Diagnostics;
using System.Globalization;

namespace Twins.Losses;

/// <summary>
/// A process that is stopped (SIGSTOP) by a shell that stays with it: should this program die, the shell's input ends and it kills the
/// process, which could not notice that by itself.
/// </summary>
internal sealed class StoppedProcess : IDisposable
{
    private const string Guard = """kill -STOP "$0" && echo stopped && read -r line; kill -KILL "$0" """;

    private readonly Process _guard;

    private StoppedProcess(Process guard) => _guard = guard;

    public static async Task<StoppedProcess> StopAsync(int processId)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Guard, processId.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var stopped = new StoppedProcess(Process.Start(start)!);
        await stopped._guard.StandardOutput.ReadLineAsync();
        return stopped;
    }

    /// <summary>Kills the stopped process.</summary>
    public void Dispose()
    {
        _guard.StandardInput.Close();
        _guard.WaitForExit();
        _guard.Dispose();
    }
}
