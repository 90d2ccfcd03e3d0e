using WordCount;

namespace Remote.EndToEnd.Tests;

public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _errors = new();
    private RunOptions? _counted;
    private string _called = "";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task InvokeAsync_EveryOption_ReachesTheRun()
    {
        var json = _folder.Of("report.json");

        var code = await InvokeAsync("--path", _folder.Path, "--workers", "3", "--top", "5", "--verify", "--json", json);

        Assert.Equal(new RunOptions(_folder.Path, 3, 5, true, json), _counted);
        Assert.Equal(40, code);
    }

    [Fact]
    public async Task InvokeAsync_PathOnly_HasTheDefaults()
    {
        await InvokeAsync("--path", _folder.Path);

        Assert.Equal(new RunOptions(_folder.Path, Workers: 2, Top: 10, Verify: false, JsonFile: null), _counted);
    }

    [Fact]
    public async Task InvokeAsync_NoArguments_CountsThisRepository()
    {
        await InvokeAsync();

        Assert.True(File.Exists(Path.Combine(_counted!.Path, "Remote.sln")), _counted.Path);
    }

    [Theory]
    [InlineData("check", "--check")]
    [InlineData("work", "worker")]
    public async Task InvokeAsync_OtherRoles_AreTaken(string role, string argument)
    {
        Assert.Equal(40, await InvokeAsync(argument));
        Assert.Equal(role, _called);
    }

    [Theory]
    [InlineData("--workers must be between 1 and 64, not 0.", "--workers", "0")]
    [InlineData("--workers must be between 1 and 64, not -1.", "--workers", "-1")]
    [InlineData("--workers must be between 1 and 64, not 65.", "--workers", "65")]
    [InlineData("--workers", "--workers", "two")]
    [InlineData("--workers", "--workers")]
    [InlineData("--top must not be negative", "--top", "-1")]
    [InlineData("--path /no/such/folder does not exist.", "--path", "/no/such/folder")]
    [InlineData("--path /dev/null is a file, not a folder.", "--path", "/dev/null")]
    [InlineData("--path  does not exist.", "--path", "")]
    [InlineData("--json /no/such/folder/report.json: the folder /no/such/folder does not exist.", "--json", "/no/such/folder/report.json")]
    [InlineData("--json / is a folder.", "--json", "/")]
    [InlineData("--json names no file.", "--json", "")]
    [InlineData("--colour", "--colour")]
    [InlineData("surplus", "surplus")]
    public async Task InvokeAsync_BadArguments_AreSaidAndGiveTwo(string message, params string[] arguments)
    {
        Assert.Equal(ExitCode.BadArguments, await InvokeAsync(arguments));
        Assert.Contains(message, _errors.ToString(), StringComparison.Ordinal);
        Assert.Equal("", _called);
    }

    private Task<int> InvokeAsync(params string[] arguments) =>
        new CommandLine(
            _errors,
            (options, _) =>
            {
                _counted = options;
                return Called("count");
            },
            _ => Called("check"),
            _ => Called("work")).InvokeAsync(arguments).WaitAsync(TimeSpan.FromSeconds(30));

    private Task<int> Called(string role)
    {
        _called = role;
        return Task.FromResult(40);
    }
}
