namespace Remote.Repository.Tests;

/// <summary>The one script that people and the build machine start.</summary>
public sealed class EntryPointTests
{
    [Theory]
    [InlineData("test.sh")]
    [InlineData(".ci/run")]
    public void Scripts_AreExecutable(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            Assert.True(File.GetUnixFileMode(RepositoryFiles.FullPath(path)).HasFlag(UnixFileMode.UserExecute), $"chmod +x {path}");
        }
    }

    [Fact]
    public void CiRun_StartsTheTestScriptAndNothingElse()
    {
        var lines = RepositoryFiles.ReadLines(".ci/run").Where(line => line.Length > 0 && line[0] != '#');

        Assert.Equal(["""exec "$(dirname "${BASH_SOURCE[0]}")/../test.sh" """.TrimEnd()], lines);
    }
}
