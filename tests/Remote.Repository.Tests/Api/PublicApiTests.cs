using System.Text;

namespace Remote.Repository.Tests;

/// <summary>
/// The public API of every package is written down in Approved/. A change fails here until somebody approves it by running
/// the tests with <c>REMOTE_APPROVE=1</c> and commits the changed text.
/// </summary>
public sealed class PublicApiTests
{
    public static TheoryData<string> Projects => [.. RepositoryFiles.SourceProjects];

    [Theory]
    [MemberData(nameof(Projects))]
    public void PublicApi_IsAsApproved(string project)
    {
        var path = $"tests/Remote.Repository.Tests/Approved/{project}.txt";
        var actual = ApiPrinter.Print(RepositoryFiles.Load(project));
        if (Approval.IsGiven)
        {
            File.WriteAllText(RepositoryFiles.FullPath(path), actual);
        }

        Assert.True(RepositoryFiles.Exists(path), $"No approved API of {project} yet. {Approval.HowTo}");
        var approved = RepositoryFiles.Read(path);
        Assert.True(actual == approved, $"The public API of {project} differs from {path}. {Approval.HowTo}\n{Difference(approved, actual)}");
    }

    /// <summary>Which lines are gone (-) and which are new (+), each under the type it belongs to.</summary>
    private static string Difference(string approved, string actual)
    {
        var before = Qualify(approved);
        var after = Qualify(actual);
        var text = new StringBuilder();
        foreach (var line in before.Except(after))
        {
            text.Append("- ").AppendLine(line);
        }

        foreach (var line in after.Except(before))
        {
            text.Append("+ ").AppendLine(line);
        }

        return text.ToString();
    }

    private static List<string> Qualify(string api)
    {
        var type = "";
        var lines = new List<string>();
        foreach (var line in api.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var isMember = line[0] == ' ';
            lines.Add(isMember ? $"{type}: {line.Trim()}" : line);
            type = isMember ? type : line.Split(" : ")[0];
        }

        return lines;
    }
}
