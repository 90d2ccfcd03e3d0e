using System.Diagnostics;

namespace Tracing;

/// <summary>This program once more, in a process of its own. Disposing it ends it, however it goes.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process _process;

    private Child(Process process) => _process = process;

    public static Child Start(IEnumerable<string> arguments)
    {
        var own = Environment.ProcessPath!;

        // Started as `dotnet Tracing.dll`, the program is the first argument.
        var isHost = Path.GetFileNameWithoutExtension(own) == "dotnet";
        var start = new ProcessStartInfo(own, isHost ? arguments.Prepend(typeof(Child).Assembly.Location) : arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return new Child(Process.Start(start)!);
    }

    /// <summary>The rest of the next line, which must begin so.</summary>
    public async Task<string> ReadAsync(string prefix, CancellationToken cancellation)
    {
        var line = await _process.StandardOutput.ReadLineAsync(cancellation);
        return line?.StartsWith(prefix, StringComparison.Ordinal) == true
            ? line[prefix.Length..]
            : throw new InvalidOperationException($"'{prefix}' was expected, and not '{line}'.");
    }

    /// <summary>It leaves in good order.</summary>
    public async Task EndAsync(CancellationToken cancellation)
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(cancellation);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
