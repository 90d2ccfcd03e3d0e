using System.Runtime.Versioning;
using WordCount;

namespace Remote.EndToEnd.Tests;

/// <summary>The program on small folders: every rule, seen from outside.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class WordCountProgramTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Count_FilesOfEveryKind_ReportsExactlyWhatIsThere()
    {
        var giant = new string('g', 5_000_000);
        _folder.Write("a.txt", "The cat, the dog.\nTHE END");
        _folder.Write("deep/below/b.txt", "\uFEFFСлово слово");
        _folder.Write("giant", $"one {giant} two");
        _folder.Write("empty", "");
        _folder.Write("binary", [(byte)'n', (byte)'o', 0]);
        _folder.Write("obj/no.txt", "no");
        File.CreateSymbolicLink(_folder.Of("link"), _folder.Of("a.txt"));
        await using var program = WordCountProgram.Start("--path", _folder.Path, "--workers", "3", "--top", "3", "--verify");

        var (exitCode, errors) = await program.EndAsync();

        Assert.Equal("", errors);
        Assert.Equal(ExitCode.Right, exitCode);
        var report = program.Report;
        Assert.Equal(new JsonReport(4, 1, 25 + 24 + 5_000_008, 11, 8, report.Top, 3, 0, report.Seconds, true), report);
        Assert.Equal([new("the", 3), new("слово", 2), new("cat", 1)], report.Top);
        Assert.Contains(program.Lines, line => line == "skipped binary: binary (it has a NUL byte)");
        Assert.Contains(program.Lines, line => line.StartsWith("11 words, 8 of them different, in 4 files", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Count_WithoutVerify_LeavesVerifiedNull()
    {
        _folder.Write("a.txt", "word");
        await using var program = WordCountProgram.Start("--path", _folder.Path);

        Assert.Equal((ExitCode.Right, ""), await program.EndAsync());
        Assert.Null(program.Report.Verified);
        Assert.Equal(2, program.Report.Workers);
    }

    [Fact]
    public async Task Count_EmptyFolder_IsNoWordsAndRight()
    {
        await using var program = WordCountProgram.Start("--path", _folder.Path, "--verify");

        Assert.Equal((ExitCode.Right, ""), await program.EndAsync());
        Assert.Equal((0, 0, 0L, 0L, 0, true), (program.Report.Files, program.Report.Skipped, program.Report.Bytes, program.Report.Words, program.Report.Distinct, program.Report.Verified!.Value));
        Assert.Empty(program.Report.Top);
    }

    [Fact]
    public async Task Count_UnreadableFileAndFolder_AreNamedAndTheRestIsCounted()
    {
        _folder.Write("a.txt", "word");
        File.SetUnixFileMode(_folder.Write("secret.txt", "secret"), UnixFileMode.None);
        _folder.Write("closed/b.txt", "no");
        File.SetUnixFileMode(_folder.Of("closed"), UnixFileMode.None);
        await using var program = WordCountProgram.StartAsOrdinaryUser("--path", _folder.Path, "--verify");

        var end = await program.EndAsync();

        File.SetUnixFileMode(_folder.Of("closed"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Equal((ExitCode.Right, ""), end);
        Assert.Equal((1, 2, 1L), (program.Report.Files, program.Report.Skipped, program.Report.Words));
        Assert.Contains(program.Lines, line => line.StartsWith("skipped secret.txt: cannot be read: Access to the path", StringComparison.Ordinal));
        Assert.Contains(program.Lines, line => line.StartsWith("skipped closed: cannot be read: Access to the path", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Count_PathDoesNotExist_SaysSoAndEndsWithTwo()
    {
        await using var program = WordCountProgram.Start("--path", _folder.Of("nowhere"));

        var (exitCode, errors) = await program.EndAsync();

        Assert.Equal(ExitCode.BadArguments, exitCode);
        Assert.StartsWith($"--path {_folder.Of("nowhere")} does not exist.\n", errors, StringComparison.Ordinal);
        Assert.False(program.HasReport);
    }
}
