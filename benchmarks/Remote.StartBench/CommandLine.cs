using System.CommandLine;
using Remote.LoadTest;

namespace Remote.StartBench;

/// <summary>The command line: what to measure and where the figures go.</summary>
internal sealed class CommandLine
{
    /// <summary>Milliseconds to the first reply of a program that was compiled to machine code.</summary>
    public const int Promise = 150;

    // On an idle machine the program takes three to four times what a process does that only prints a line, so this counts on a busy one alone.
    private const int TimesNothing = 6;

    private const string Native = "native";
    private const string Published = "compiled beforehand";

    private readonly Option<int> _runs = new("--runs") { Description = "Counted starts of each program.", DefaultValueFactory = _ => 21, HelpName = "N" };

    private readonly Option<string?> _native = new("--native")
    {
        Description = $"The folder of this program as `dotnet publish -p:Native=true` made it; its median must be below {Promise} ms, or {TimesNothing} times what a process takes that only prints a line.",
        HelpName = "FOLDER",
    };

    private readonly Option<string?> _published = new("--published")
    {
        Description = "The folder of this program as `dotnet publish -p:PublishReadyToRun=true` made it.",
        HelpName = "FOLDER",
    };

    private readonly Option<string?> _json = new("--json") { Description = "Write the rows to a file.", HelpName = "FILE" };
    private readonly Option<string?> _markdown = new("--markdown") { Description = "Write table and machine to a file.", HelpName = "FILE" };
    private readonly RootCommand _root = new("Measures how long a command-line tool takes from its start to its first reply.");
    private readonly TextWriter _output;
    private readonly TextWriter _errors;

    public CommandLine(TextWriter output, TextWriter errors)
    {
        _output = output;
        _errors = errors;
        _root.Add(_runs);
        _root.Add(_native);
        _root.Add(_published);
        _root.Add(_json);
        _root.Add(_markdown);
        _root.SetAction(MeasureAsync);
    }

    public Task<int> InvokeAsync(IReadOnlyList<string> arguments) => _root.Parse(arguments).InvokeAsync();

    private async Task<int> MeasureAsync(ParseResult result, CancellationToken cancellation)
    {
        try
        {
            var runs = Math.Clamp(result.GetValue(_runs), 1, 1000);
            var rows = await new StartMeasurement([.. Subjects(result.GetValue(_native), result.GetValue(_published))], runs, _errors).MeasureAsync(cancellation);
            await _output.WriteLineAsync(StartTable.Table(rows));
            await WriteAsync(result.GetValue(_json), StartRow.ToJson(rows) + "\n", cancellation);
            await WriteAsync(result.GetValue(_markdown), StartTable.Markdown(rows, Promise), cancellation);
            return await JudgeAsync(rows);
        }
        catch (LoadTestException exception)
        {
            await _errors.WriteLineAsync(exception.Message);
            return 1;
        }
    }

    private async Task<int> JudgeAsync(IReadOnlyList<StartRow> rows)
    {
        if (rows.FirstOrDefault(row => row.Program == Native) is { } row && row.FirstReply.Median >= Math.Max(Promise, TimesNothing * row.Nothing.Median))
        {
            await _errors.WriteLineAsync(
                $"The first reply takes {row.FirstReply.Median} ms; promised are less than {Promise} ms, and on a busy machine {TimesNothing} times the {row.Nothing.Median} ms of a process that only prints a line.");
            return 1;
        }

        return 0;
    }

    private static IEnumerable<Subject> Subjects(string? native, string? published)
    {
        var program = Environment.ProcessPath!;
        var name = Path.GetFileName(program);
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            throw new LoadTestException($"Start this program by `dotnet run` or by itself, not as '{name}': what is measured is the start of a program.");
        }

        if (native is not null)
        {
            yield return new Subject(Native, PathIn(native, name));
        }

        if (published is not null)
        {
            yield return new Subject(Published, PathIn(published, name));
        }

        yield return new Subject("as built", program);
    }

    private static string PathIn(string folder, string name)
    {
        var path = Path.GetFullPath(Path.Combine(folder, name));
        return File.Exists(path) ? path : throw new LoadTestException($"There is no '{path}'.");
    }

    private static Task WriteAsync(string? file, string text, CancellationToken cancellation) =>
        file is null ? Task.CompletedTask : File.WriteAllTextAsync(file, text, cancellation);
}
