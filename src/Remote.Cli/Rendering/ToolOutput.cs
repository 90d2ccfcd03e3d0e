using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Spectre.Console;

namespace Remote.Cli;

/// <summary>Where the tool writes: tables for people, lines of JSON for scripts, faults and notes apart from both. Used by one command at a time.</summary>
internal sealed class ToolOutput(TextWriter output, TextWriter errors, Surroundings surroundings) : IDisposable
{
    private static readonly JsonSerializerOptions JsonOptions = new(JsonSerializerDefaults.Web)
    {
        // It goes to a terminal or a file, not into a page: names stay readable.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public Surroundings Surroundings => surroundings;

    /// <summary>Whether scripts read the output.</summary>
    public bool IsJson { get; set; }

    public TextWriter Out => output;

    public TextWriter Errors => errors;

    public static ToolOutput OfProcess()
    {
        var surroundings = Surroundings.OfProcess();
        return new ToolOutput(new StreamWriter(StandardOutput()) { AutoFlush = true }, Console.Error, surroundings);
    }

    public void Line(string line = "") => output.WriteLine(line);

    /// <summary>One object, on a line of its own.</summary>
    public void Json(object value) => output.WriteLine(JsonSerializer.Serialize(value, JsonOptions));

    /// <summary>Something to know that is no result.</summary>
    public void Note(string line)
    {
        foreach (var part in TextWrap.Lines(line, surroundings.Width))
        {
            errors.WriteLine(part);
        }
    }

    /// <summary>Writes a table as wide as the terminal; into a file or a pipe as wide as it wants to be, one line for each row.</summary>
    public void Table(Table table)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = surroundings.HasColor ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = surroundings.HasColor ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = surroundings.Width;
        console.Write(table);
    }

    /// <summary>A failure for a person on the one side, for a script on the other.</summary>
    public void Fail(Failure failure, string? address)
    {
        Note(failure.What);
        if (failure.Advice.Length > 0)
        {
            Note(failure.Advice);
        }

        if (IsJson)
        {
            Json(new { error = new { code = failure.Code, exitCode = failure.ExitCode, address, message = failure.What, advice = failure.Advice } });
        }
    }

    public void Dispose() => output.Dispose();

    /// <summary>The console swallows that a pipe is broken, and whoever follows events would follow them for ever.</summary>
    private static Stream StandardOutput()
    {
        if (Console.IsOutputRedirected && !OperatingSystem.IsWindows())
        {
            var file = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 1);
            if (!file.CanSeek)
            {
                return file;
            }
        }

        return Console.OpenStandardOutput();
    }
}
