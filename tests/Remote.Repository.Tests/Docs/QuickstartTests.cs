using System.Text.RegularExpressions;

namespace Remote.Repository.Tests;

/// <summary>The first code people read is code that is compiled and run.</summary>
public sealed partial class QuickstartTests
{
    private const string Program = "examples/Quickstart/Program.cs";

    [Fact]
    public void Readme_ShowsTheQuickstartAsItIsCompiled()
    {
        var readme = RepositoryFiles.Read("README.md");
        var block = QuickstartBlock().Match(readme);
        Assert.True(block.Success, "README.md has no C# block under the heading Quickstart.");
        var program = RepositoryFiles.Read(Program).Trim();
        if (Approval.IsGiven)
        {
            readme = readme[..block.Groups["code"].Index] + program + readme[(block.Groups["code"].Index + block.Groups["code"].Length)..];
            File.WriteAllText(RepositoryFiles.FullPath("README.md"), readme);
            block = QuickstartBlock().Match(readme);
        }

        Assert.True(program == block.Groups["code"].Value.Trim(), $"README.md and {Program} differ. {Approval.HowTo}");
    }

    [Fact]
    public void Quickstart_StaysShort() => Assert.InRange(RepositoryFiles.ReadLines(Program).Length, 10, 60);

    [GeneratedRegex("^## Quickstart$.*?^```csharp\n(?<code>.*?)\n```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex QuickstartBlock();
}
