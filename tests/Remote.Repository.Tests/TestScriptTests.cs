using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Remote.Repository.Tests;

/// <summary>
/// The verdict of test.sh, with a stand-in for the SDK that fails in every way the real one can. What the script believes
/// here, everybody believes.
/// </summary>
public sealed partial class TestScriptTests : IDisposable
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    /// <summary>Answers like the SDK as far as the script calls it. BUILD, FORMAT, TEST and EXAMPLE are its exit codes.</summary>
    private const string FakeSdk =
        """
        #!/usr/bin/env bash
        case "$1" in
          --version) echo 10.0.100 ;;
          build) echo "building"; exit "${BUILD:-0}" ;;
          format) exit "${FORMAT:-0}" ;;
          test)
            while (($#)); do if [[ $1 == --results-directory ]]; then results=$2; fi; shift; done
            if [[ ${TRX-} ]]; then printf '%s\n' "$TRX" >"$results/A.Tests.trx"; fi
            exit "${TEST:-0}" ;;
          *) echo "example ran with $2"; exit "${EXAMPLE:-0}" ;;
        esac
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("remote-test-script-");

    public TestScriptTests()
    {
        Write("test.sh", RepositoryFiles.Read("test.sh"), executable: true);
        Write("sdk/dotnet", FakeSdk, executable: true);
        Write("tests/A.Tests/A.Tests.csproj", "");
        Write("tests/A.Tests/bin/Release/net10.0/A.Tests.dll", "");
        Write("examples/One/One.csproj", "");
        Write("examples/One/bin/Release/net10.0/One.dll", "");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Verdict_AllWell_CountsTestsExamplesAndFormat()
    {
        var (code, output) = await RunAsync(("TRX", Trx(total: 3, passed: 3, failed: 0)));

        Assert.Equal("5 passed, 0 failed", LastLine(output));
        Assert.Equal(0, code);
        Assert.Contains("1.500 s   Some.Test(\"a\" && <b>)", output, StringComparison.Ordinal);
        Assert.Contains("example ran with --check", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verdict_BuildBreaks_IsOneFailureAndNothingElse() =>
        await AssertFailsAsync("0 passed, 1 failed", "failed: build", ("BUILD", "1"));

    [Fact]
    public async Task Verdict_FormatDiffers_IsAFailure() =>
        await AssertFailsAsync("4 passed, 1 failed", "failed: format", ("FORMAT", "2"), ("TRX", Trx(3, 3, 0)));

    [Fact]
    public async Task Verdict_TestFails_IsNamed() =>
        await AssertFailsAsync("4 passed, 1 failed", "failed: A.Tests: Some.Test", ("TRX", Trx(3, 2, 1)), ("TEST", "1"));

    [Fact]
    public async Task Verdict_HostCrashesAfterPassingTests_IsAFailure() =>
        await AssertFailsAsync("5 passed, 1 failed", "ended with exit code 134", ("TRX", Trx(3, 3, 0)), ("TEST", "134"));

    [Fact]
    public async Task Verdict_NoResultFile_IsAFailure() =>
        await AssertFailsAsync("2 passed, 1 failed", "no result file", ("TRX", ""));

    [Fact]
    public async Task Verdict_ResultFileCutOff_IsAFailure() =>
        await AssertFailsAsync("2 passed, 1 failed", "no result file", ("TRX", "<TestRun><Results>"));

    [Fact]
    public async Task Verdict_ProjectWithoutTests_IsAFailure() =>
        await AssertFailsAsync("2 passed, 1 failed", "no tests found", ("TRX", Trx(0, 0, 0)));

    [Fact]
    public async Task Verdict_SkippedTests_AreFailures() =>
        await AssertFailsAsync("4 passed, 1 failed", "1 tests did not run", ("TRX", Trx(3, 2, 0)));

    [Fact]
    public async Task Verdict_ProjectNotBuilt_IsAFailure()
    {
        Write("tests/B.Tests/B.Tests.csproj", "");

        await AssertFailsAsync("5 passed, 1 failed", "B.Tests: the solution does not build it", ("TRX", Trx(3, 3, 0)));
    }

    [Fact]
    public async Task Verdict_ExampleFails_IsAFailure() =>
        await AssertFailsAsync("4 passed, 1 failed", "example One --check: exit code 3", ("TRX", Trx(3, 3, 0)), ("EXAMPLE", "3"));

    [Fact]
    public async Task Verdict_PeersCannotBeInstalled_FailsUnlessAllowedAndThenSaysWhatIsLeftOut()
    {
        Write("tests/prepare-interop.sh", "exit 1");

        await AssertFailsAsync("5 passed, 1 failed", "tests/prepare-interop.sh", ("TRX", Trx(3, 3, 0)));
        var (code, output) = await RunAsync(("TRX", Trx(3, 3, 0)), ("REMOTE_ALLOW_SKIP", "1"));

        Assert.Equal(("5 passed, 0 failed", 0), (LastLine(output), code));
        Assert.Contains("left out (REMOTE_ALLOW_SKIP=1): ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verdict_PeersLeftOutAndNothingElseInTheProject_IsSaidAndNoFailure()
    {
        Write("tests/prepare-interop.sh", "exit 1");

        var (code, output) = await RunAsync(("TRX", Trx(0, 0, 0)), ("REMOTE_ALLOW_SKIP", "1"));
        Assert.Equal(("2 passed, 0 failed", 0), (LastLine(output), code));
        Assert.Contains("left out (REMOTE_ALLOW_SKIP=1): all tests of A.Tests", output, StringComparison.Ordinal);

        await AssertFailsAsync("2 passed, 2 failed", "no tests found", ("TRX", Trx(0, 0, 0)), ("REMOTE_ALLOW_SKIP", "1"), ("TEST", "1"));
    }

    [Fact]
    public async Task Verdict_UnknownOption_IsAFailure()
    {
        var (code, output) = await RunAsync(["--fast"]);

        Assert.Equal(("0 passed, 1 failed", 2), (LastLine(output), code));
    }

    [Fact]
    public async Task Long_WritesASummary()
    {
        var (code, _) = await RunAsync(["--long"], ("TRX", Trx(3, 3, 0)), ("REMOTE_SEED", "42"));

        Assert.Equal(0, code);
        var summary = Assert.Single(_folder.GetFiles("docs/results/*.md"));
        var text = await File.ReadAllTextAsync(summary.FullName);
        Assert.Contains("result: 5 passed, 0 failed", text, StringComparison.Ordinal);
        Assert.Contains("seed: 42", text, StringComparison.Ordinal);
    }

    private static string Trx(int total, int passed, int failed) =>
        $"""
         <?xml version="1.0" encoding="utf-8"?>
         <TestRun><Results>
           <UnitTestResult executionId="1" testName="Some.Test(&quot;a&quot; &amp;&amp; &lt;b&gt;)" duration="00:00:01.5000000" outcome="{(failed > 0 ? "Failed" : "Passed")}" />
         </Results><ResultSummary outcome="Completed">
           <Counters total="{total}" executed="{passed + failed}" passed="{passed}" failed="{failed}" error="0" timeout="0" />
         </ResultSummary></TestRun>
         """;

    private static string LastLine(string output) => output.TrimEnd('\n').Split('\n')[^1];

    private async Task AssertFailsAsync(string verdict, string reason, params (string Name, string Value)[] environment)
    {
        var (code, output) = await RunAsync(environment);

        Assert.True(verdict == LastLine(output), $"expected the last line: {verdict}\n{output}");
        Assert.Equal(1, code);
        Assert.Contains(reason, output, StringComparison.Ordinal);
    }

    private Task<(int Code, string Output)> RunAsync(params (string Name, string Value)[] environment) => RunAsync([], environment);

    private async Task<(int Code, string Output)> RunAsync(string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("bash", [Path.Combine(_folder.FullName, "test.sh"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => OfOurs().IsMatch(name)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["PATH"] = Path.Combine(_folder.FullName, "sdk") + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH");
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Ceiling);
        Assert.Empty(await errors.WaitAsync(Ceiling));
        return (process.ExitCode, await output.WaitAsync(Ceiling));
    }

    private void Write(string path, string text, bool executable = false)
    {
        var file = new FileInfo(Path.Combine(_folder.FullName, path));
        file.Directory!.Create();
        File.WriteAllText(file.FullName, text);
        if (executable && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>The surroundings of the test run itself must not reach the script under test.</summary>
    [GeneratedRegex("^(REMOTE_.*|BUILD|FORMAT|TEST|EXAMPLE|TRX)$")]
    private static partial Regex OfOurs();
}
