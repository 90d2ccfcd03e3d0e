using System.CommandLine;
using System.Globalization;
using System.Reflection;

namespace Remote.Cli.Tests.Commands;

/// <summary>The page about the tool says what there is.</summary>
[Trait("Behaviour", "O-04")]
public sealed class ManualTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Root(), "docs", "tool.md"));

    [Fact]
    public void Commands_AllOfThem_AreOnThePageWithTheirOptions()
    {
        using var interruption = Interruption.None();
        using var output = new ToolOutput(TextWriter.Null, TextWriter.Null, new Surroundings(false, false, false, 80));
        var root = CommandLine.Root(new CommandHost(output, interruption, TimeProvider.System));

        Assert.Equal(11, root.Subcommands.Count);
        Assert.All(root.Subcommands, static command => Assert.Contains($"| `{command.Name} ADDRESS", Page, StringComparison.Ordinal));
        Assert.All(root.Subcommands, static command => Assert.All(command.Options, option => Assert.Contains(option.Name, RowOf(command), StringComparison.Ordinal)));
        Assert.All(root.Options.Where(static option => option.Recursive && option.Name.StartsWith("--", StringComparison.Ordinal) && option.Name is not "--help"),
            static option => Assert.Contains($"`{option.Name}", Page, StringComparison.Ordinal));
    }

    [Fact]
    public void ExitCodes_AllOfThem_AreOnThePageAndDistinct()
    {
        int[] codes = [.. typeof(ExitCode).GetFields(BindingFlags.Public | BindingFlags.Static).Select(static field => (int)field.GetRawConstantValue()!)];

        Assert.Equal(codes.Length, codes.Distinct().Count());
        Assert.All(codes, static code => Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"\n| {code} | "), Page, StringComparison.Ordinal));
    }

    private static string RowOf(Command command) =>
        Page.Split('\n').Single(line => line.StartsWith($"| `{command.Name} ADDRESS", StringComparison.Ordinal));

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Remote.sln")))
        {
            folder = folder.Parent;
        }

        return folder!.FullName;
    }
}
