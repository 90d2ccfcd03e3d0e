using System.Text.RegularExpressions;

namespace Remote.Repository.Tests;

/// <summary>Prose that names code is checked, or it rots.</summary>
public sealed partial class DocumentTests
{
    /// <summary>Names of the platform and of protocols that the documents need.</summary>
    private static readonly HashSet<string> NotOurs = new(StringComparer.Ordinal)
    {
        "TimeProvider", "SocketsHttpHandler", "IMessage", "BodyReader", "BodyWriter", "IConnectionListenerFactory", "ValueTask",
        "Stream", "Func", "IActor.cs", "README", "DateTime", "Random", "JsonTypeInfo", "IAsyncDisposable", "HttpContext",
        "ILoggerFactory", "System", "IsAotCompatible", "Kestrel", "CompareExchange", "PipeReader", "Channel",
    };

    [Theory]
    [InlineData("docs/architecture.md")]
    [InlineData("docs/delivery.md")]
    [InlineData("docs/examples.md")]
    [InlineData("docs/operations.md")]
    [InlineData("README.md")]
    public void Files_NamedInDocuments_Exist(string document)
    {
        var gone = CodeSpans.In(document).Where(CodeSpans.IsPath).Where(path => !IsThere(document, path));

        Assert.Empty(gone);
    }

    [Theory]
    [InlineData("docs/architecture.md")]
    [InlineData("README.md")]
    public void Types_NamedInDocuments_Exist(string document)
    {
        var gone = CodeSpans.In(document).Where(CodeSpans.IsTypeName).Where(name => !NotOurs.Contains(name) && !OurTypes.Exists(name));

        Assert.Empty(gone);
    }

    [Fact]
    public void Architecture_NamesEveryProjectInSrc() =>
        Assert.All(RepositoryFiles.SourceProjects, project => Assert.Contains(project, CodeSpans.In("docs/architecture.md")));

    [Theory]
    [InlineData("docs/architecture.md")]
    [InlineData("docs/dashboard.md")]
    [InlineData("docs/decisions/README.md")]
    [InlineData("docs/delivery.md")]
    [InlineData("docs/examples.md")]
    [InlineData("docs/incidents.md")]
    [InlineData("docs/operations.md")]
    [InlineData("docs/protocol.md")]
    [InlineData("docs/tool.md")]
    [InlineData("README.md")]
    [InlineData("CHANGELOG.md")]
    public void Links_ToFiles_LeadSomewhere(string document)
    {
        var targets = Link().Matches(RepositoryFiles.Read(document)).Select(match => match.Groups["target"].Value.Split('#')[0]);

        var gone = targets.Where(target => target.Length > 0 && !target.Contains("://", StringComparison.Ordinal) && !IsThere(document, target));

        Assert.Empty(gone);
    }

    [Fact]
    public void Decisions_AreNumberedWithoutGapsAndListedUnderTheirTitles()
    {
        var pages = RepositoryFiles.Files("docs/decisions", ".md").Where(path => !path.EndsWith("README.md", StringComparison.Ordinal)).ToArray();
        var index = RepositoryFiles.Read("docs/decisions/README.md");

        Assert.NotEmpty(pages);
        Assert.Equal(Enumerable.Range(1, pages.Length).Select(number => $"{number:0000}"), pages.Select(path => Path.GetFileName(path)[..4]));
        Assert.All(pages, path =>
        {
            var title = RepositoryFiles.ReadLines(path)[0].TrimStart('#', ' ');
            Assert.Contains($"[{title}]({Path.GetFileName(path)})", index, StringComparison.Ordinal);
        });
    }

    private static bool IsThere(string document, string path)
    {
        var folder = Path.GetDirectoryName(document)!.Replace('\\', '/');
        return RepositoryFiles.Exists(path.TrimEnd('/')) || RepositoryFiles.Exists($"{folder}/{path}");
    }

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();
}
