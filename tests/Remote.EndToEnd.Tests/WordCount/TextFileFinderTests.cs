using System.Diagnostics;
using WordCount;

namespace Remote.EndToEnd.Tests;

public sealed class TextFileFinderTests : IDisposable
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Find_FoldersThatAreLeftOut_AreLeftOutAtEveryDepthAndNothingElse()
    {
        _folder.Write("a.txt", "x");
        _folder.Write(".hidden/.file", "x");
        _folder.Write("Bin/b", "x");
        _folder.Write("objects/c", "x");
        _folder.Write("d/obj", "a file of that name is counted");
        foreach (var name in new[] { ".git", "bin", "obj", "node_modules" })
        {
            _folder.Write($"{name}/no", "x");
            _folder.Write($"e/{name}/f/no", "x");
        }

        Assert.Equal([".hidden/.file", "Bin/b", "a.txt", "d/obj", "objects/c"], Names().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Find_PathItselfHasALeftOutName_IsCounted()
    {
        _folder.Write("bin/a", "x");

        Assert.Equal(["a"], TextFileFinder.Find(_folder.Of("bin")).Files.Select(file => file.Name));
    }

    [Fact]
    public async Task Find_SymbolicLinks_AreNotFollowed()
    {
        var file = _folder.Write("real/a", "x");
        File.CreateSymbolicLink(_folder.Of("link-to-file"), file);
        Directory.CreateSymbolicLink(_folder.Of("link-to-folder"), _folder.Of("real"));
        Directory.CreateSymbolicLink(_folder.Of("real/loop"), _folder.Path);
        File.CreateSymbolicLink(_folder.Of("link-to-nothing"), _folder.Of("nothing"));

        // Following the loop would not end.
        Assert.Equal(["real/a"], await Task.Run(Names).WaitAsync(Ceiling));
    }

    [Fact]
    public async Task Find_NamedPipe_IsReadAsEmptyInsteadOfWaitedFor()
    {
        using var mkfifo = Process.Start("mkfifo", [_folder.Of("pipe")]);
        await mkfifo.WaitForExitAsync().WaitAsync(Ceiling);
        var found = TextFileFinder.Find(_folder.Path);

        var (text, _) = await Task.Run(() => CorpusReader.OpenAsync(Assert.Single(found.Files))).WaitAsync(Ceiling);

        Assert.Equal(0, text!.Length);
    }

    [Fact]
    public void Find_SameFolderTwice_GivesTheSameOrderAndSizes()
    {
        _folder.Write("b", "22");
        _folder.Write("a", "1");
        _folder.Write("c/d", "333");

        var found = TextFileFinder.Find(_folder.Path);

        Assert.Equal([("a", 1L), ("b", 2L), ("c/d", 3L)], found.Files.Select(file => (file.Name, file.Length)));
        Assert.Equal(6, found.Bytes);
        Assert.Empty(found.Unreadable);
    }

    [Fact]
    public void Find_FolderThatIsGone_IsNamedWithTheReason()
    {
        var found = TextFileFinder.Find(_folder.Of("gone"));

        Assert.Empty(found.Files);
        Assert.StartsWith("cannot be read: ", Assert.Single(found.Unreadable).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void RepositoryFolder_ProgramInsideTheRepository_IsFoundFromThere()
    {
        _folder.Write("repo/Remote.sln", "");
        Directory.CreateDirectory(_folder.Of("repo/examples/bin"));
        Directory.CreateDirectory(_folder.Of("elsewhere"));

        Assert.Equal(_folder.Of("repo"), RepositoryFolder.Find(_folder.Of("repo/examples/bin"), _folder.Of("elsewhere")));
        Assert.Equal(_folder.Of("repo"), RepositoryFolder.Find(_folder.Of("elsewhere"), _folder.Of("repo")));
        Assert.Null(RepositoryFolder.Find(_folder.Of("elsewhere"), _folder.Of("elsewhere")));
    }

    private List<string> Names() => [.. TextFileFinder.Find(_folder.Path).Files.Select(file => file.Name)];
}
