using Examples;

namespace Chat;

/// <summary>This program once more, in a process of its own, as a server or a user. What it prints is read as it is needed.</summary>
internal sealed class Participant : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly List<string> _unread = [];

    private Participant(ChildProcess process) => _process = process;

    public string Name => _process.Name;

    public int Id => _process.Id;

    public static Participant Start(string name, CancellationToken cancellation, params string[] arguments) =>
        new(ChildProcess.Start(name, readsErrors: false, cancellation, arguments));

    public Task TypeAsync(string line) => _process.TypeAsync(line);

    /// <summary>Waits for a line that begins so. Others are kept: who speaks first is not said.</summary>
    /// <exception cref="ProcessLostException">It has ended without.</exception>
    /// <exception cref="TimeoutException">It does not come.</exception>
    public async Task<string> ExpectAsync(string beginning)
    {
        if (_unread.Find(line => line.StartsWith(beginning, StringComparison.Ordinal)) is { } known)
        {
            _unread.Remove(known);
            return known;
        }

        return beginning + await _process.ReadAfterAsync(beginning, line =>
        {
            if (!line.StartsWith(beginning, StringComparison.Ordinal))
            {
                _unread.Add(line);
            }
        });
    }

    /// <summary>Something that needs it all the time.</summary>
    /// <exception cref="ProcessLostException">It ended in the middle of it.</exception>
    public Task<T> DuringAsync<T>(Task<T> work) => _process.DuringAsync(work);

    /// <summary>Ends it at once, as <c>kill -9</c> does.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>The end of its input: it leaves in good order.</summary>
    public async Task LeaveAsync()
    {
        await _process.EndAsync();
        if (_process.ExitCode != ExitCode.Right)
        {
            throw new ProcessLostException($"{_process} ended with exit code {_process.ExitCode} when it should have left; start the program again");
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
