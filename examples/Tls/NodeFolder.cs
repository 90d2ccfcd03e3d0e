namespace SecureNodes;

/// <summary>The three files of a node. Each is replaced in one step, as whoever renews certificates should do it.</summary>
internal sealed class NodeFolder(string path)
{
    public string Certificate => Path.Combine(path, "node.crt");

    public string Key => Path.Combine(path, "node.key");

    public string Roots => Path.Combine(path, "ca.crt");

    public NodeFolder Give((string Certificate, string Key) issued)
    {
        Replace(Key, issued.Key);
        Replace(Certificate, issued.Certificate);
        return this;
    }

    public NodeFolder Believe(params Authority[] authorities)
    {
        Replace(Roots, string.Join('\n', authorities.Select(authority => authority.Pem)));
        return this;
    }

    private static void Replace(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var next = path + ".new";
        using (var file = new FileStream(next, Private()))
        using (var writer = new StreamWriter(file))
        {
            writer.Write(text);
        }

        File.Move(next, path, overwrite: true);
    }

    // Nobody else reads the key.
    private static FileStreamOptions Private()
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}
