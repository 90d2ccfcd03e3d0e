namespace WordCount;

/// <summary>Finds the repository that this program belongs to: what is counted when no path is given.</summary>
internal static class RepositoryFolder
{
    private const string Landmark = "Remote.sln";

    /// <summary>The nearest folder with the solution, above the program and then above the current folder; null if there is none.</summary>
    public static string? Find(string programFolder, string currentFolder) => Above(programFolder) ?? Above(currentFolder);

    private static string? Above(string folder)
    {
        for (var candidate = new DirectoryInfo(folder); candidate is not null; candidate = candidate.Parent)
        {
            if (File.Exists(Path.Combine(candidate.FullName, Landmark)))
            {
                return candidate.FullName;
            }
        }

        return null;
    }
}
