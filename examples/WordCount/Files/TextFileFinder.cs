namespace WordCount;

/// <summary>A file below the path, before anyone has looked into it.</summary>
/// <param name="Path">The full path.</param>
/// <param name="Name">The path below the folder that is counted, for people.</param>
/// <param name="Length">The length in bytes when the folder was read.</param>
internal sealed record FoundFile(string Path, string Name, long Length);

/// <summary>What lies below a folder: files in a fixed order, and what could not be looked at.</summary>
/// <param name="Files">Every regular file, whatever it holds.</param>
/// <param name="Unreadable">Folders that cannot be listed, each with the reason.</param>
internal sealed record FoundFiles(IReadOnlyList<FoundFile> Files, IReadOnlyList<FileSkipped> Unreadable)
{
    public long Bytes => Files.Sum(file => file.Length);
}

/// <summary>Walks a folder. Symbolic links are not followed; four folder names are left out.</summary>
internal static class TextFileFinder
{
    private static readonly HashSet<string> LeftOut = new(StringComparer.Ordinal) { ".git", "bin", "obj", "node_modules" };

    public static FoundFiles Find(string root)
    {
        var files = new List<FoundFile>();
        var unreadable = new List<FileSkipped>();
        var folders = new Stack<DirectoryInfo>();
        folders.Push(new DirectoryInfo(Path.GetFullPath(root)));
        while (folders.TryPop(out var folder))
        {
            try
            {
                AddEntries(folder, root, files, folders);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                unreadable.Add(new FileSkipped(Path.GetRelativePath(root, folder.FullName), 0, $"cannot be read: {exception.Message}"));
            }
        }

        return new FoundFiles(files, unreadable);
    }

    private static void AddEntries(DirectoryInfo folder, string root, List<FoundFile> files, Stack<DirectoryInfo> folders)
    {
        // Everything is listed, hidden and system files too, and a folder that cannot be opened is an error, not an empty one.
        var everything = new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false };
        var entries = folder.GetFileSystemInfos("*", everything);
        Array.Sort(entries, (one, other) => string.CompareOrdinal(one.Name, other.Name));
        foreach (var entry in entries)
        {
            // What was deleted while the folder was listed is not below the path any more.
            if (entry.LinkTarget is not null || !entry.Exists)
            {
                continue;
            }

            if (entry is FileInfo file)
            {
                files.Add(new FoundFile(file.FullName, Path.GetRelativePath(root, file.FullName), file.Length));
            }
            else if (entry is DirectoryInfo below && !LeftOut.Contains(below.Name))
            {
                folders.Push(below);
            }
        }
    }
}
