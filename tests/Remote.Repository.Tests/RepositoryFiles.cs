using System.Reflection;
using System.Xml.Linq;

namespace Remote.Repository.Tests;

/// <summary>The working tree the tests were built from. Paths are relative to its root, with forward slashes.</summary>
internal static class RepositoryFiles
{
    private static readonly string[] NotOurs = ["bin", "obj", "node_modules", "artifacts", ".git", "TestResults"];

    public static string Root { get; } = FindRoot();

    /// <summary>The names of the projects in src; each is also the name of its assembly and of its namespace.</summary>
    public static IReadOnlyList<string> SourceProjects { get; } =
        [.. Directory.GetDirectories(FullPath("src")).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    public static string FullPath(string path) => Path.Combine(Root, path);

    public static bool Exists(string path) => File.Exists(FullPath(path)) || Directory.Exists(FullPath(path));

    public static string Read(string path) => File.ReadAllText(FullPath(path));

    public static string[] ReadLines(string path) => File.ReadAllLines(FullPath(path));

    public static Assembly Load(string project) => Assembly.Load(new AssemblyName(project));

    public static XDocument Project(string name) => XDocument.Load(FullPath($"src/{name}/{name}.csproj"));

    /// <summary>All files below a folder that people wrote, with one of the endings.</summary>
    public static IReadOnlyList<string> Files(string folder, params string[] endings)
    {
        var found = new List<string>();
        Collect(new DirectoryInfo(FullPath(folder)), endings, found);
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    private static void Collect(DirectoryInfo folder, string[] endings, List<string> found)
    {
        if (!folder.Exists)
        {
            return;
        }

        foreach (var file in folder.EnumerateFiles())
        {
            if (endings.Any(ending => file.Name.EndsWith(ending, StringComparison.Ordinal)))
            {
                found.Add(Path.GetRelativePath(Root, file.FullName).Replace('\\', '/'));
            }
        }

        foreach (var sub in folder.EnumerateDirectories())
        {
            if (!NotOurs.Contains(sub.Name, StringComparer.Ordinal))
            {
                Collect(sub, endings, found);
            }
        }
    }

    /// <summary>Upwards from the test assembly: source paths in a deterministic build are not real ones.</summary>
    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Remote.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No Remote.sln above {AppContext.BaseDirectory}.");
    }
}
