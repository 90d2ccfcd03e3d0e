using System.Diagnostics;
using System.Globalization;

namespace Remote.Cluster.Tests;

/// <summary>
/// A process that is stopped (SIGSTOP) until this is disposed. A shell stays with it: should the test die, the shell's input ends and it lets the
/// process go on, which then sees that its own has ended.
/// </summary>
internal sealed class StoppedProcess : IAsyncDisposable
{
    private const string Guard = """kill -STOP "$0" && echo stopped && { read -r line; kill -CONT "$0"; } """;

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
        Assert.Equal("stopped", await stopped._guard.StandardOutput.ReadLineAsync());
        return stopped;
    }

    public async ValueTask DisposeAsync()
    {
        _guard.StandardInput.Close();
        await _guard.WaitForExitAsync();
        _guard.Dispose();
    }
}
