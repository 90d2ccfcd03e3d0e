using System.Globalization;

namespace Remote.Cluster.Tests;

/// <summary>Writes what the faults cost into <c>artifacts/cluster-matrix.md</c>, so that a run of the whole matrix can be kept.</summary>
internal static class FaultTable
{
    private const string Header = """
        | cell | fault | remoting | on the third | ran twice | longest, s | requests | failed | each after, s | all answer after, s | reasons and remarks |
        |---|---|---|---|---|---|---|---|---|---|---|
        """;

    private static readonly Lock Gate = new();
    private static bool _hasBegun;

    public static void Add(string cell, string remoting, FaultRow row)
    {
        var file = Path.Combine(Root(), "artifacts", "cluster-matrix.md");
        lock (Gate)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            if (!_hasBegun)
            {
                _hasBegun = true;
                File.WriteAllText(file, string.Create(CultureInfo.InvariantCulture, $"Run on {DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC.\n\n{Header}\n"));
            }

            File.AppendAllText(file, row.ToMarkdown(cell, remoting) + "\n");
        }
    }

    private static string Root()
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
