using System.Diagnostics;
using WordCount;

namespace Remote.EndToEnd.Tests;

/// <summary>Workers that are shell scripts: what is tested is how they are started and ended.</summary>
public sealed class WorkerProcessTests
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task StartAsync_ProgramThatSaysItsAddress_GivesIt()
    {
        await using var worker = await StartAsync(1, "echo something else; echo listening on 127.0.0.1:4711; cat").WaitAsync(Ceiling);

        Assert.Equal((1, "127.0.0.1:4711"), (worker.Number, worker.Address));
        Assert.False(Process.GetProcessById(worker.ProcessId).HasExited);
    }

    [Fact]
    public async Task DisposeAsync_ProgramThatEndsWithItsInput_IsGone()
    {
        var worker = await StartAsync(1, "echo listening on x; cat").WaitAsync(Ceiling);
        using var process = Process.GetProcessById(worker.ProcessId);

        await worker.DisposeAsync().AsTask().WaitAsync(Ceiling);

        Assert.True(process.HasExited);
    }

    [Fact]
    public async Task StartAsync_ProgramThatEndsFirst_SaysWhichWorkerAndItsExitCode()
    {
        var failure = await Assert.ThrowsAsync<WorkerStartException>(() => StartAsync(2, "exit 5").WaitAsync(Ceiling));

        Assert.Matches(@"^worker 2 did not start: pid \d+ ended with exit code 5 before it gave an address$", failure.Message);
    }

    [Fact]
    public async Task StartAsync_ProgramThatDoesNotExist_SaysSo()
    {
        var failure = await Assert.ThrowsAsync<WorkerStartException>(
            () => WorkerProcess.StartAsync(3, new ProcessStartInfo("/no/such/program")).WaitAsync(Ceiling));

        Assert.StartsWith("worker 3 did not start: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains("/no/such/program", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_Cancelled_EndsTheProcess()
    {
        using var cancellation = new CancellationTokenSource();
        using var folder = new TemporaryFolder();
        var start = WorkerProcess.StartAsync(1, Script($"echo $$ > {folder.Of("pid")}; cat; echo > {folder.Of("ended")}"), cancellation.Token);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start.WaitAsync(Ceiling));
        Assert.True(File.Exists(folder.Of("ended")), "the process was not waited for");
    }

    private static Task<WorkerProcess> StartAsync(int number, string script) => WorkerProcess.StartAsync(number, Script(script));

    private static ProcessStartInfo Script(string script) => new("/bin/sh", ["-c", script]);
}
