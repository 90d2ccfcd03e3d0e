using System.Reflection;

namespace Remote.Repository.Tests;

/// <summary>Names that would break users' code by what they hide.</summary>
public sealed class BannedNamesTests
{
    private static readonly string[] BannedNamespaces = ["Remote.Grpc", "Remote.OpenTelemetry", "Remote.Context"];
    private static readonly string[] BannedPublicTypes = ["Endpoint", "Activator", "Process", "JsonSerializer", "Timer", "Log"];

    /// <summary>Extension methods live where those who need them have a using already.</summary>
    private static readonly Dictionary<string, string[]> OtherNamespaces = new(StringComparer.Ordinal)
    {
        ["Remote"] = ["Remote.Protocol"],
        ["Remote.Dashboard"] = ["Remote"],
        ["Remote.OpenTelemetry"] = ["OpenTelemetry.Trace", "OpenTelemetry.Metrics"],
    };

    public static TheoryData<string> Projects => [.. RepositoryFiles.SourceProjects];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Types_AreNotNamedRemote(string project) =>
        Assert.DoesNotContain(Types(project), type => type.Name == "Remote");

    [Theory]
    [MemberData(nameof(Projects))]
    public void PublicTypes_HaveNoBannedName(string project) =>
        Assert.DoesNotContain(Types(project), type => type.IsVisible && BannedPublicTypes.Contains(type.Name.Split('`')[0]));

    [Theory]
    [MemberData(nameof(Projects))]
    public void Properties_AreNotNamedSystem(string project)
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

        // Proto.Remote's interface has one, so whoever implements it has to.
        Assert.DoesNotContain(
            Types(project), type => type.GetProperty("System", All) is not null && !typeof(Proto.Remote.IRemote).IsAssignableFrom(type));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Namespaces_OneFlatNamespacePerProject(string project)
    {
        string[] allowed = [project, .. OtherNamespaces.GetValueOrDefault(project, [])];

        var other = Types(project).Where(type => type.Namespace is { } name && !allowed.Contains(name)).Select(type => type.FullName);

        Assert.Empty(other);
        Assert.DoesNotContain(allowed.Skip(project == "Remote.OpenTelemetry" ? 1 : 0), BannedNamespaces.Contains);
    }

    /// <summary>Without what compilers and source generators put beside our types.</summary>
    private static IEnumerable<Type> Types(string project) => RepositoryFiles.Load(project).GetTypes().Where(type =>
        !type.FullName!.Contains('<', StringComparison.Ordinal)
        && type.Namespace?.StartsWith("Microsoft.", StringComparison.Ordinal) != true
        && type.Namespace?.StartsWith("System.", StringComparison.Ordinal) != true);
}
