namespace Remote.Repository.Tests;

/// <summary>The arrows of docs/architecture.md: who may know whom.</summary>
public sealed class ReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Remote"] = [],
        ["Remote.Testing"] = ["Remote"],
        ["Remote.Cluster.Etcd"] = [],
        ["Remote.Cluster.Redis"] = [],
        ["Remote.OpenTelemetry"] = ["Remote"],
        ["Remote.Cli"] = ["Remote"],
        ["Remote.Dashboard"] = ["Remote"],
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
    public void Remote_UsesItsFoundations()
    {
        var names = RepositoryFiles.Load("Remote").GetReferencedAssemblies().Select(name => name.Name).ToArray();

        Assert.All(["Proto.Actor", "Proto.Remote", "Grpc.Net.Client", "Grpc.AspNetCore.Server"], name => Assert.Contains(name, names));
    }

    /// <summary>Actors are no business of the transport: it moves bytes and knows none.</summary>
    [Fact]
    public void Transport_KnowsNoActors()
    {
        var sources = RepositoryFiles.Files("src/Remote/Transport", ".cs").ToArray();

        Assert.NotEmpty(sources);
        Assert.All(sources, path => Assert.DoesNotMatch(@"\busing Proto\b|\bProto\.Actor\b", RepositoryFiles.Read(path)));
    }

    [Fact]
    public void Solution_ContainsEveryProject()
    {
        var solution = RepositoryFiles.Read("Remote.sln").Replace('\\', '/');

        var missing = RepositoryFiles.Files(".", ".csproj").Where(path => !solution.Contains($"\"{path}\"", StringComparison.Ordinal));

        Assert.Empty(missing);
    }

    /// <summary>Other languages make their clients of them.</summary>
    [Fact]
    [Trait("Behaviour", "D-03")]
    public void Protos_ArePublishedInThePackage()
    {
        var packed = RepositoryFiles.Project("Remote").Descendants("None").Single(item => item.Attribute("Include")?.Value == "../../protos/*.proto");

        Assert.Equal("true", packed.Attribute("Pack")?.Value, ignoreCase: true);
        Assert.Superset(
            new HashSet<string>(["protos/actor.proto", "protos/remote.proto", "protos/remote_admin.proto"]), RepositoryFiles.Files("protos", ".proto").ToHashSet());
    }

    private static IEnumerable<string> Reachable(string project) =>
        Allowed[project].SelectMany(name => Reachable(name).Append(name));
}
