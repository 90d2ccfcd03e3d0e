using System.Text.Json;
using Remote.EndToEnd.Tests;

namespace Remote.Cli.Tests;

/// <summary>What one run of the tool said, and how it ended.</summary>
internal sealed record ToolResult(int ExitCode, string Out, string Errors)
{
    /// <summary>The one object that <c>--json</c> wrote.</summary>
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

    /// <summary>The names of a shape, sorted: what scripts rely on.</summary>
    public static string Names(JsonElement value) =>
        string.Join(' ', value.EnumerateObject().Select(static property => property.Name).Order(StringComparer.Ordinal));

    public ToolResult Expect(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"Exit code {ExitCode} instead of {exitCode}.\n{Out}\n{Errors}");
        return this;
    }
}

/// <summary>
/// Runs the tool. In the long mode each run is a process, as somebody would start it; otherwise only those are whose test is about the process, and the
/// others run the same from the first argument to the exit code inside the process of the tests, which saves a second each.
/// </summary>
internal static class ToolRun
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(90);

    public static Task<ToolResult> RunAsync(params string[] arguments) =>
        TestScale.IsLong ? InProcessOfItsOwnAsync(Patient(arguments)) : InsideAsync(Patient(arguments));

    /// <summary>What a machine that is busy with much else takes a long time for is no failure; a test about the timeout says its own.</summary>
    public static string[] Patient(string[] arguments) => arguments.Contains("--timeout") ? arguments : [.. arguments, "--timeout", "60"];

    public static async Task<ToolResult> InProcessOfItsOwnAsync(params string[] arguments)
    {
        await using var process = NodeProcess.Start("Remote.Cli", arguments);
        process.CloseInput();
        var (exitCode, output, errors) = await process.WaitForExitAsync(Ceiling);
        return new ToolResult(exitCode, output, errors);
    }

    /// <param name="surroundings">As if it ran there.</param>
    /// <param name="arguments">Of the command line.</param>
    public static async Task<ToolResult> InsideAsync(Surroundings surroundings, params string[] arguments)
    {
        using var interruption = Interruption.None();
        using var output = new StringWriter();
        using var errors = new StringWriter();
        using var tool = new ToolOutput(output, errors, surroundings);
        var exitCode = await Tool.RunAsync(arguments, tool, interruption).WaitAsync(Ceiling);
        return new ToolResult(exitCode, output.ToString(), errors.ToString());
    }

    private static Task<ToolResult> InsideAsync(string[] arguments) =>
        InsideAsync(new Surroundings(IsTerminal: false, HasKeys: false, HasColor: false, Surroundings.Unlimited), arguments);
}
