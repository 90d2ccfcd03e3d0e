namespace Remote.Dashboard;

/// <summary>A file of the page, as it lies in the assembly.</summary>
/// <param name="Path">Below the path of the page.</param>
/// <param name="ContentType">What it is.</param>
/// <param name="Content">All of it.</param>
internal sealed record PageFile(string Path, string ContentType, ReadOnlyMemory<byte> Content)
{
    private static readonly string[] Scripts = ["dashboard.js", "graph.js", "blocking.js", "view.js"];

    public static IReadOnlyList<PageFile> All { get; } =
    [
        new("", "text/html; charset=utf-8", Read("index.html")),
        new("dashboard.css", "text/css; charset=utf-8", Read("dashboard.css")),
        .. Array.ConvertAll(Scripts, static name => new PageFile(name, "text/javascript; charset=utf-8", Read(name))),
        new("icon.svg", "image/svg+xml", Read("icon.svg")),
    ];

    private static byte[] Read(string name)
    {
        using var resource = typeof(PageFile).Assembly.GetManifestResourceStream(name)!;
        var content = new byte[resource.Length];
        resource.ReadExactly(content);
        return content;
    }
}
