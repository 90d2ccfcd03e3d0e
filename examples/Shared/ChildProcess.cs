using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Examples;

/// <summary>
/// This program once more, in a process of its own. It gets the option <c>--child</c> and ends when its standard input does: however its parent ends, none is
/// left behind.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    /// <summary>Says to a process that it was started by this program.</summary>
    public const string Option = "--child";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ExitTimeout = TimeSpan.FromSeconds(20);

    // That a process has died comes by two ways: what was asked of it fails, and the operating system says so.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly Process _process;
    private readonly CancellationToken _cancellation;

    private ChildProcess(string name, Process process, CancellationToken cancellation)
    {
        (Name, _process, _cancellation) = (name, process, cancellation);
        Ended = process.WaitForExitAsync(CancellationToken.None);
    }

    public string Name { get; }

    public int Id => _process.Id;

    /// <summary>Completes when the process has ended.</summary>
    public Task Ended { get; }

    /// <summary>Once <see cref="Ended"/> has completed.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Starts it.</summary>
    /// <param name="name">What it is called towards people.</param>
    /// <param name="readsErrors">Whether its standard error is read here; otherwise it goes where that of this process goes.</param>
    /// <param name="cancellation">Ends every wait for it.</param>
    /// <param name="arguments">Its arguments, without <see cref="Option"/>.</param>
    public static ChildProcess Start(string name, bool readsErrors, CancellationToken cancellation, params IEnumerable<string> arguments)
    {
        var program = Environment.ProcessPath ?? throw new ProcessLostException($"{name} did not start: the path of this program is not known");

        // Started as `dotnet Program.dll`, the program is the first argument.
        string[] itself = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(ChildProcess).Assembly.Location] : [];
        var start = new ProcessStartInfo(program, [.. itself, .. arguments, Option])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = readsErrors,
        };
        return new ChildProcess(name, Process.Start(start) ?? throw new ProcessLostException($"{name} did not start"), cancellation);
    }

    /// <summary>
    /// In the child: Ctrl+C is not for it. A terminal sends that to every process of the program, and the parent ends its children itself.
    /// </summary>
    public static IDisposable IgnoreInterrupts() => PosixSignalRegistration.Create(PosixSignal.SIGINT, static context => context.Cancel = true);

    /// <summary>The next line of its output; <see langword="null"/> at the end of that.</summary>
    /// <exception cref="TimeoutException">It says nothing for 30 seconds.</exception>
    public async Task<string?> ReadLineAsync(string awaited)
    {
        try
        {
            return await _process.StandardOutput.ReadLineAsync(CancellationToken.None).AsTask().WaitAsync(Patience, _cancellation);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{this} did not say '{awaited}' within {Patience.TotalSeconds:F0} s");
        }
    }

    /// <summary>The rest of its next line that begins so.</summary>
    /// <param name="prefix">The beginning.</param>
    /// <param name="passed">Is told every line, this one included.</param>
    /// <exception cref="ProcessLostException">It has ended without.</exception>
    public async Task<string> ReadAfterAsync(string prefix, Action<string>? passed = null)
    {
        while (await ReadLineAsync(prefix) is { } line)
        {
            passed?.Invoke(line);
            if (line.StartsWith(prefix, StringComparison.Ordinal))
            {
                return line[prefix.Length..];
            }
        }

        throw await LostAsync($"before it said '{prefix}'");
    }

    /// <summary>What it wrote to standard error, once it has ended.</summary>
    public Task<string> ReadErrorsAsync() => _process.StandardError.ReadToEndAsync(CancellationToken.None).WaitAsync(Patience, _cancellation);

    /// <exception cref="ProcessLostException">It has ended.</exception>
    public async Task TypeAsync(string line)
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(line);
            await _process.StandardInput.FlushAsync(CancellationToken.None);
        }
        catch (IOException)
        {
            throw await LostAsync($"before it read '{line}'");
        }
    }

    /// <summary>Something that needs this process all the time.</summary>
    /// <exception cref="ProcessLostException">It ended in the middle of it; what failed because of that is not worth a word.</exception>
    public async Task<T> DuringAsync<T>(Task<T> work)
    {
        await Task.WhenAny(work, Ended).WaitAsync(_cancellation);
        if (work.IsFaulted)
        {
            // Work may fail a moment before the news comes that the process has ended.
            await Task.WhenAny(Ended, Task.Delay(Grace, CancellationToken.None));
        }

        _cancellation.ThrowIfCancellationRequested();
        return Ended.IsCompleted && !work.IsCompletedSuccessfully ? throw await LostAsync("in the middle of the work") : await work;
    }

    /// <summary>Ends it at once, as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await Ended.WaitAsync(Patience, CancellationToken.None);
    }

    /// <summary>The end of its input: it leaves in good order. One that does not within 20 seconds is killed.</summary>
    public async Task EndAsync()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already, in the middle of a line that it was told.
        }

        if (await Task.WhenAny(Ended, Task.Delay(ExitTimeout, CancellationToken.None)) != Ended)
        {
            await KillAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _process.Dispose();
    }

    public override string ToString() => $"{Name}, process {Id},";

    private async Task<ProcessLostException> LostAsync(string when)
    {
        // Its output ends a moment before it does.
        await Ended.WaitAsync(Patience, CancellationToken.None);
        return new ProcessLostException($"{this} ended with exit code {ExitCode} {when}; start the program again");
    }
}
