using System.ComponentModel;
using System.Diagnostics;

namespace Remote.Repository.Tests;

internal static class Git
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    /// <summary>What git prints; null where there is no git or no history, as in an unpacked archive.</summary>
    public static async Task<string?> TryRunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments)
        {
            WorkingDirectory = RepositoryFiles.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync().WaitAsync(Ceiling);
            await errors.WaitAsync(Ceiling);
            return process.ExitCode == 0 ? await output.WaitAsync(Ceiling) : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
