using System.Diagnostics;

namespace Chat;

/// <summary>Something that should have been printed was not.</summary>
internal sealed class SilenceException(string message) : Exception(message);

/// <summary>This program once more, in a process of its own, as a server or a user.</summary>
internal sealed class Participant : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly List<string> _unread = [];

    private Participant(string name, Process process)
    {
        Name = name;
        _process = process;
    }

    public string Name { get; }

    public static Participant Start(string name, params string[] arguments)
    {
        var program = Environment.ProcessPath ?? throw new SilenceException("the path of this program is not known");

        // Started as `dotnet Chat.dll`, the program is the first argument.
        string[] all = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(Participant).Assembly.Location, .. arguments] : arguments;
        var start = new ProcessStartInfo(program, all) { RedirectStandardInput = true, RedirectStandardOutput = true };
        return new Participant(name, Process.Start(start) ?? throw new SilenceException($"{name} did not start"));
    }

    public async Task TypeAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Waits for a line that begins so. Others are kept: who speaks first is not said.</summary>
    public async Task<string> ExpectAsync(string beginning, CancellationToken cancellation)
    {
        if (_unread.Find(IsIt) is { } known)
        {
            _unread.Remove(known);
            return known;
        }

        using var late = new CancellationTokenSource(Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            while (await _process.StandardOutput.ReadLineAsync(either.Token) is { } line)
            {
                if (IsIt(line))
                {
                    return line;
                }

                _unread.Add(line);
            }
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            throw new SilenceException($"{Name} did not see '{beginning}' within {Patience.TotalSeconds:F0} s, but: {string.Join(" | ", _unread)}");
        }

        throw new SilenceException($"{Name} ended before it saw '{beginning}', and saw: {string.Join(" | ", _unread)}");

        bool IsIt(string line) => line.StartsWith(beginning, StringComparison.Ordinal);
    }

    /// <summary>Ends it at once, as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>The end of its input: it leaves in good order.</summary>
    public async Task LeaveAsync(CancellationToken cancellation)
    {
        _process.StandardInput.Close();
        using var late = new CancellationTokenSource(Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        await _process.WaitForExitAsync(either.Token);
        if (_process.ExitCode != 0)
        {
            throw new SilenceException($"{Name} ended with exit code {_process.ExitCode}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }
}
