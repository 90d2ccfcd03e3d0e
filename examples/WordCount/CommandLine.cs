using System.CommandLine;
using Remote;

namespace WordCount;

/// <summary>The command line: what each option means, and what is refused.</summary>
internal sealed class CommandLine
{
    /// <summary>The hidden argument that makes a process a worker.</summary>
    public const string WorkerCommand = "worker";

    private const int MostWorkers = 64;

    // After Ctrl+C: longer than ending the workers takes (5 s) and leaving them in good order (10 s).
    private static readonly InvocationConfiguration Invocation = new() { ProcessTerminationTimeout = TimeSpan.FromSeconds(20) };

    // A worker is ended by its coordinator, Ctrl+C or not.
    private static readonly InvocationConfiguration OwnSignals = new() { ProcessTerminationTimeout = null };

    private readonly Option<string?> _path = new("--path")
    {
        Description = "The folder to count; default: the sources and documents of this repository.",
        HelpName = "DIR",
    };

    private readonly Option<int> _workers = new("--workers")
    {
        Description = $"How many worker processes to start, 1 to {MostWorkers}.",
        DefaultValueFactory = _ => 2,
        HelpName = "N",
    };

    private readonly Option<int> _top = new("--top")
    {
        Description = "How many of the most frequent words to show.",
        DefaultValueFactory = _ => 10,
        HelpName = "N",
    };

    private readonly Option<bool> _verify = new("--verify") { Description = "Count once more in this process and compare." };

    private readonly Option<string?> _json = new("--json") { Description = "Write the result to a file.", HelpName = "FILE" };

    private readonly Option<bool> _check = new("--check") { Description = "Count a small corpus whose words are known, and check the result." };

    private readonly TextWriter _errors;
    private readonly RootCommand _root = new("Counts the words of text files in several processes that send each other messages.");

    /// <param name="errors">Where it is said what is wrong with the arguments.</param>
    /// <param name="count">Runs a count; returns the exit code.</param>
    /// <param name="check">Runs the self-check.</param>
    /// <param name="work">Is a worker until the coordinator has gone.</param>
    public CommandLine(
        TextWriter errors,
        Func<RunOptions, CancellationToken, Task<int>> count,
        Func<CancellationToken, Task<int>> check,
        Func<CancellationToken, Task<int>> work)
    {
        _errors = errors;
        _root.Add(_path);
        _root.Add(_workers);
        _root.Add(_top);
        _root.Add(_verify);
        _root.Add(_json);
        _root.Add(_check);
        _root.SetAction((result, cancellation) => UninterruptedAsync(
            () => result.GetValue(_check) ? check(cancellation) : CountAsync(result, count, cancellation)));

        var worker = new Command(WorkerCommand, "Be a worker: started by a coordinator, ends with it.") { Hidden = true };
        worker.SetAction((_, cancellation) => UninterruptedAsync(() => work(cancellation)));
        _root.Add(worker);
    }

    public async Task<int> InvokeAsync(IReadOnlyList<string> arguments)
    {
        var result = _root.Parse(arguments);
        var isWorker = result.CommandResult.Command != _root;
        return result.Errors.Count == 0 ? await result.InvokeAsync(isWorker ? OwnSignals : Invocation) : Refuse(result.Errors.Select(error => error.Message));
    }

    private async Task<int> UninterruptedAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (OperationCanceledException)
        {
            await _errors.WriteLineAsync("interrupted");
            return ExitCode.Interrupted;
        }
        catch (Exception exception) when (exception is RemoteException or IOException or UnauthorizedAccessException)
        {
            await _errors.WriteLineAsync(exception.Message);
            return ExitCode.Failed;
        }
    }

    private async Task<int> CountAsync(
        ParseResult result, Func<RunOptions, CancellationToken, Task<int>> count, CancellationToken cancellation)
    {
        var path = result.GetValue(_path) ?? RepositoryFolder.Find(AppContext.BaseDirectory, Environment.CurrentDirectory);
        if (path is null)
        {
            return Refuse(["The repository of this program was not found; say with --path what to count."]);
        }

        var options = new RunOptions(
            path, result.GetValue(_workers), result.GetValue(_top), result.GetValue(_verify), result.GetValue(_json));
        var faults = Faults(options).ToList();
        return faults.Count == 0 ? await count(options, cancellation) : Refuse(faults);
    }

    private int Refuse(IEnumerable<string> faults)
    {
        foreach (var fault in faults)
        {
            _errors.WriteLine(fault);
        }

        _errors.WriteLine("--help shows the options.");
        return ExitCode.BadArguments;
    }

    private static IEnumerable<string> Faults(RunOptions options)
    {
        string?[] faults =
        [
            FolderFault(options.Path),
            options.Workers is < 1 or > MostWorkers ? $"--workers must be between 1 and {MostWorkers}, not {options.Workers}." : null,
            options.Top < 0 ? $"--top must not be negative, as {options.Top} is." : null,
            options.JsonFile is null ? null : JsonFault(options.JsonFile),
        ];
        return faults.OfType<string>();
    }

    private static string? FolderFault(string path)
    {
        if (Directory.Exists(path))
        {
            return null;
        }

        return File.Exists(path) ? $"--path {path} is a file, not a folder." : $"--path {path} does not exist.";
    }

    // Said before the work, not after it.
    private static string? JsonFault(string file)
    {
        if (file.Length == 0)
        {
            return "--json names no file.";
        }

        if (Directory.Exists(file))
        {
            return $"--json {file} is a folder.";
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(file));
        return Directory.Exists(folder) ? null : $"--json {file}: the folder {folder} does not exist.";
    }
}
