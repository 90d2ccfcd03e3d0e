using Backpressure;

namespace Remote.EndToEnd.Tests;

public sealed class BackpressureCommandLineTests
{
    private readonly StringWriter _errors = new();
    private RunOptions? _run;

    [Fact]
    public async Task Invoke_NoArguments_FloodsWithSendForAFewSeconds()
    {
        Assert.Equal(7, await InvokeAsync());

        Assert.Equal(new RunOptions(false, OverflowPolicy.DropNewest, 1000, 1500, 500, 65_536, TimeSpan.FromSeconds(6)), _run);
    }

    [Fact]
    public async Task Invoke_EveryOption_IsPassedOn()
    {
        Assert.Equal(7, await InvokeAsync("--send", "--policy", "shed", "--capacity", "20", "--rate", "30", "--take", "40", "--size", "50", "--seconds", "60"));

        Assert.Equal(new RunOptions(false, OverflowPolicy.ShedAtCritical, 20, 30, 40, 50, TimeSpan.FromSeconds(60)), _run);
    }

    [Fact]
    public async Task Invoke_SendAsync_Waits()
    {
        Assert.Equal(7, await InvokeAsync("--send-async"));

        Assert.True(_run!.Waits);
    }

    [Fact]
    public async Task Invoke_Check_OnlyChecks()
    {
        Assert.Equal(8, await InvokeAsync("--check"));

        Assert.Null(_run);
    }

    [Theory]
    [InlineData("--send and --send-async exclude each other.", "--send", "--send-async")]
    [InlineData("--policy must be newest, oldest or shed, not youngest.", "--policy", "youngest")]
    [InlineData("--capacity must be 20 to 1000000, not 19.", "--capacity", "19")]
    [InlineData("--rate must be 1 to 1000000, not 0.", "--rate", "0")]
    [InlineData("--take must be 1 to 1000000, not 1000001.", "--take", "1000001")]
    [InlineData("--size must be 0 to 1048576, not -1.", "--size", "-1")]
    [InlineData("--seconds must be 1 to 3600, not 3601.", "--seconds", "3601")]
    public async Task Invoke_WrongValue_IsSaidAndNothingRuns(string said, params string[] arguments)
    {
        Assert.Equal(ExitCode.BadArguments, await InvokeAsync(arguments));

        Assert.Equal($"{said}\n--help shows the options.\n", _errors.ToString());
        Assert.Null(_run);
    }

    [Fact]
    public async Task Invoke_Cancelled_SaysSo()
    {
        var commandLine = Create((_, _) => throw new OperationCanceledException());

        Assert.Equal(ExitCode.Interrupted, await commandLine.InvokeAsync([]));
        Assert.Equal("interrupted\n", _errors.ToString());
    }

    [Fact]
    public async Task Invoke_ConsumerDoesNotStart_SaysWhy()
    {
        var commandLine = Create((_, _) => throw new ConsumerException("the consumer did not start"));

        Assert.Equal(ExitCode.Wrong, await commandLine.InvokeAsync([]));
        Assert.Equal("the consumer did not start\n", _errors.ToString());
    }

    private Task<int> InvokeAsync(params string[] arguments) => Create((options, _) =>
    {
        _run = options;
        return Task.FromResult(7);
    }).InvokeAsync(arguments);

    private CommandLine Create(Func<RunOptions, CancellationToken, Task<int>> run) =>
        new(_errors, run, check: _ => Task.FromResult(8), consume: _ => Task.FromResult(9));
}
