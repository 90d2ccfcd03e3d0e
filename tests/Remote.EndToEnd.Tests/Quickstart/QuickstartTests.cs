namespace Remote.EndToEnd.Tests;

/// <summary>The first program that anybody sees: it is short, it runs, and the README shows it as it is.</summary>
public sealed class QuickstartTests
{
    private const int MaxLines = 60;

    [Fact]
    public async Task Quickstart_Greets()
    {
        await using var program = NodeProcess.Start("Quickstart", "--check");

        var (exitCode, output, errors) = await program.WaitForExitAsync();

        Assert.Equal((0, "Hello, world!", ""), (exitCode, output, errors));
    }

    [Fact]
    public void Quickstart_HasUnderSixtyLines() => Assert.InRange(Source().Split('\n').Length, 10, MaxLines - 1);

    [Fact]
    public void Readme_ShowsTheProgramAsItIs() =>
        Assert.Contains("```csharp\n" + Source() + "```", File.ReadAllText(Path.Combine(Repository(), "README.md")), StringComparison.Ordinal);

    private static string Source() => File.ReadAllText(Path.Combine(Repository(), "examples", "Quickstart", "Program.cs"));

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Remote.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The repository was not found above the tests.");
        }

        return folder.FullName;
    }
}
