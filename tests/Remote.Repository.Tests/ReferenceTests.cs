namespace Remote.Repository.Tests;

/// <summary>The arrows of docs/architecture.md: who may know whom.</summary>
public sealed class ReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Remote.Actors"] = [],
        ["Remote.Transport"] = [],
        ["Remote"] = ["Remote.Actors", "Remote.Transport"],
        ["Remote.Testing"] = ["Remote"],
        ["Remote.OpenTelemetry"] = ["Remote"],
        ["Remote.Cli"] = ["Remote"],
    };

    public static TheoryData<string> Projects => [.. RepositoryFiles.SourceProjects];

    [Theory]
    [MemberData(nameof(Projects))]
    public void ProjectFile_References_AreExactlyTheArrows(string project)
    {
        Assert.True(Allowed.TryGetValue(project, out var allowed), $"{project} is new: say here whom it may know.");

        var declared = RepositoryFiles.Project(project).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));

        Assert.Equal(allowed.Order(StringComparer.Ordinal), declared.Order(StringComparer.Ordinal));
    }

    /// <summary>The compiled truth: it would also show a reference that came in by another way than a project reference.</summary>
    [Theory]
    [MemberData(nameof(Projects))]
    public void Assembly_References_StayWithinTheArrows(string project)
    {
        var reachable = Reachable(project).ToHashSet(StringComparer.Ordinal);

        var ours = RepositoryFiles.Load(project).GetReferencedAssemblies()
            .Select(name => name.Name!)
            .Where(name => name == "Remote" || name.StartsWith("Remote.", StringComparison.Ordinal));

        Assert.All(ours, name => Assert.Contains(name, reachable));
    }

    [Fact]
    public void Remote_UsesBothOfItsFoundations()
    {
        var names = RepositoryFiles.Load("Remote").GetReferencedAssemblies().Select(name => name.Name).ToArray();

        Assert.Contains("Remote.Actors", names);
        Assert.Contains("Remote.Transport", names);
    }

    [Fact]
    public void RemoteActors_FitsAnyApplication_OnePackageAndNoFramework()
    {
        var project = RepositoryFiles.Project("Remote.Actors");

        Assert.Empty(project.Descendants("FrameworkReference"));
        Assert.Equal(
            ["Microsoft.Extensions.Logging.Abstractions"],
            project.Descendants("PackageReference").Select(package => package.Attribute("Include")!.Value));
    }

    [Fact]
    public void Solution_ContainsEveryProject()
    {
        var solution = RepositoryFiles.Read("Remote.sln").Replace('\\', '/');

        var missing = RepositoryFiles.Files(".", ".csproj").Where(path => !solution.Contains($"\"{path}\"", StringComparison.Ordinal));

        Assert.Empty(missing);
    }

    private static IEnumerable<string> Reachable(string project) =>
        Allowed[project].SelectMany(name => Reachable(name).Append(name));
}
