using System.CommandLine;

namespace WordCount;

/// <summary>The command line: what each option means, and what is refused.</summary>
internal sealed class CommandLine
{
    /// <summary>The hidden argument that makes a process a worker.</summary>
    public const string WorkerCommand = "worker";

    private const int MostWorkers = 64;

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

    private readonly RootCommand _root = new("Counts the words of text files in several processes that send each other messages.");

    /// <param name="count">Runs a count; returns the exit code.</param>
    /// <param name="check">Runs the self-check.</param>
    /// <param name="work">Is a worker until the coordinator has gone.</param>
    public CommandLine(
        Func<RunOptions, CancellationToken, Task<int>> count,
        Func<CancellationToken, Task<int>> check,
        Func<CancellationToken, Task<int>> work)
    {
        Refuse(_workers, workers => workers is < 1 or > MostWorkers ? $"--workers must be between 1 and {MostWorkers}, not {workers}." : null);
        Refuse(_top, top => top < 0 ? $"--top must not be negative, as {top} is." : null);
        Refuse(_path, path => path is null ? null : FolderFault(path));
        Refuse(_json, file => file is null ? null : JsonFault(file));

        _root.Add(_path);
        _root.Add(_workers);
        _root.Add(_top);
        _root.Add(_verify);
        _root.Add(_json);
        _root.Add(_check);
        _root.SetAction((result, cancellation) => result.GetValue(_check) ? check(cancellation) : CountAsync(result, count, cancellation));

        var worker = new Command(WorkerCommand, "Be a worker: started by a coordinator, ends with it.") { Hidden = true };
        worker.SetAction((_, cancellation) => work(cancellation));
        _root.Add(worker);
    }

    public async Task<int> InvokeAsync(IReadOnlyList<string> arguments)
    {
        var result = _root.Parse(arguments);
        if (result.Errors.Count == 0)
        {
            return await result.InvokeAsync();
        }

        foreach (var error in result.Errors)
        {
            await Console.Error.WriteLineAsync(error.Message);
        }

        await Console.Error.WriteLineAsync("--help shows the options.");
        return ExitCode.BadArguments;
    }

    private async Task<int> CountAsync(
        ParseResult result, Func<RunOptions, CancellationToken, Task<int>> count, CancellationToken cancellation)
    {
        var path = result.GetValue(_path) ?? RepositoryFolder.Find(AppContext.BaseDirectory, Environment.CurrentDirectory);
        if (path is null)
        {
            await Console.Error.WriteLineAsync("The repository of this program was not found; say with --path what to count.");
            return ExitCode.BadArguments;
        }

        var options = new RunOptions(
            path, result.GetValue(_workers), result.GetValue(_top), result.GetValue(_verify), result.GetValue(_json));
        return await count(options, cancellation);
    }

    private static void Refuse<T>(Option<T> option, Func<T?, string?> fault) => option.Validators.Add(result =>
    {
        // A value that does not parse has its error already; asking for it again would throw.
        if (!result.Errors.Any() && fault(result.GetValueOrDefault<T>()) is { } message)
        {
            result.AddError(message);
        }
    });

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
        if (Directory.Exists(file))
        {
            return $"--json {file} is a folder.";
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(file));
        return Directory.Exists(folder) ? null : $"--json {file}: the folder {folder} does not exist.";
    }
}
