using System.ComponentModel;
using System.Diagnostics;

namespace WordCount;

/// <summary>A worker did not come up; the message says which and why.</summary>
internal sealed class WorkerStartException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// A worker's operating system process. Its standard input stays open as long as the coordinator lives: a worker ends when
/// its input does, so that none outlives a coordinator, not even one that was killed.
/// </summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    /// <summary>What a worker prints before its address when it is ready.</summary>
    public const string ReadyPrefix = "listening on ";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ExitTimeout = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly Task _output;

    private WorkerProcess(int number, Process process, string address)
    {
        Number = number;
        Address = address;
        _process = process;
        // Read on, or a worker that prints something more would stop when the pipe is full.
        _output = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
    }

    public int Number { get; }

    public string Address { get; }

    public int ProcessId => _process.Id;

    /// <summary>This program, as a worker.</summary>
    public static ProcessStartInfo ThisProgram()
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("The path of this program is not known.");
        // Started as `dotnet WordCount.dll`, the program is the first argument.
        return Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? new ProcessStartInfo(program, [Path.Combine(AppContext.BaseDirectory, "WordCount.dll"), CommandLine.WorkerCommand])
            : new ProcessStartInfo(program, [CommandLine.WorkerCommand]);
    }

    /// <summary>Starts a worker and waits for its address.</summary>
    /// <exception cref="WorkerStartException">It cannot be started, ends at once, or says nothing for 30 seconds.</exception>
    public static async Task<WorkerProcess> StartAsync(int number, ProcessStartInfo program, CancellationToken cancellation = default)
    {
        program.RedirectStandardInput = true;
        program.RedirectStandardOutput = true;
        var process = Start(number, program);
        try
        {
            var address = await ReadAddressAsync(number, process, cancellation);
            return new WorkerProcess(number, process, address);
        }
        catch
        {
            await EndAsync(process);
            throw;
        }
    }

    /// <summary>Ends the worker; one that does not end by itself within 5 seconds is killed.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndAsync(_process);
        await _output;
        _process.Dispose();
    }

    private static Process Start(int number, ProcessStartInfo program)
    {
        try
        {
            return Process.Start(program) ?? throw new InvalidOperationException("no process was started");
        }
        catch (Exception exception) when (exception is Win32Exception or InvalidOperationException)
        {
            throw new WorkerStartException($"worker {number} did not start: {exception.Message}", exception);
        }
    }

    private static async Task<string> ReadAddressAsync(int number, Process process, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(StartTimeout, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            while (await process.StandardOutput.ReadLineAsync(either.Token) is { } line)
            {
                if (line.StartsWith(ReadyPrefix, StringComparison.Ordinal))
                {
                    return line[ReadyPrefix.Length..];
                }
            }

            await process.WaitForExitAsync(either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw new WorkerStartException(
                $"worker {number} did not start: pid {process.Id} gave no address within {StartTimeout.TotalSeconds:F0} s");
        }

        throw new WorkerStartException(
            $"worker {number} did not start: pid {process.Id} ended with exit code {process.ExitCode} before it gave an address");
    }

    private static async Task EndAsync(Process process)
    {
        process.StandardInput.Close();
        using var timeout = new CancellationTokenSource(ExitTimeout, TimeProvider.System);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }
}
