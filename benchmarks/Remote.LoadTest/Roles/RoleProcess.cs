using System.Diagnostics;

namespace Remote.LoadTest;

/// <summary>One of the two processes of a measurement, seen from the coordinator.</summary>
internal sealed class RoleProcess : IAsyncDisposable
{
    // The slowest scenario takes a second or two; whatever takes this long hangs.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan ExitTimeout = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly string _name;

    private RoleProcess(Process process, string name)
    {
        _process = process;
        _name = name;
    }

    /// <summary>What the process said when it was ready: the receiver's address.</summary>
    public string Address { get; private init; } = "";

    public static async Task<RoleProcess> StartAsync(string role, Subject subject, RunPlan plan, string? address, CancellationToken cancellation)
    {
        var process = Process.Start(StartInfo(role, subject, plan, address))
            ?? throw new LoadTestException($"The {role} of {subject} did not start.");
        var started = new RoleProcess(process, $"{role} of {subject} (pid {process.Id})");
        try
        {
            var ready = await started.ReadAnswerAsync(Role.Ready, cancellation);
            return new RoleProcess(process, started._name) { Address = ready };
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gives a command and waits for its answer.</summary>
    public async Task<string> AskAsync(string command, CancellationToken cancellation)
    {
        await _process.StandardInput.WriteLineAsync(command.AsMemory(), cancellation);
        await _process.StandardInput.FlushAsync(cancellation);
        return await ReadAnswerAsync(Role.Done, cancellation);
    }

    /// <summary>Ends the process by ending its input; one that does not listen is killed.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var timeout = new CancellationTokenSource(ExitTimeout);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task<string> ReadAnswerAsync(string expected, CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(AnswerTimeout);
        try
        {
            var line = await _process.StandardOutput.ReadLineAsync(timeout.Token);
            return line switch
            {
                null => throw new LoadTestException($"The {_name} ended before it answered."),
                _ when line.StartsWith(expected, StringComparison.Ordinal) => line[expected.Length..],
                _ when line.StartsWith(Role.Failed, StringComparison.Ordinal) => throw new LoadTestException(line[Role.Failed.Length..]),
                _ => throw new LoadTestException($"The {_name} said '{line}' instead of '{expected.TrimEnd()}'."),
            };
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new LoadTestException($"The {_name} did not answer within {AnswerTimeout.TotalSeconds} s.");
        }
    }

    /// <summary>This program in a role, with its input and output in the caller's hands.</summary>
    internal static ProcessStartInfo StartInfo(string role, Subject subject, RunPlan plan, string? address)
    {
        var program = Environment.ProcessPath ?? throw new LoadTestException("The path of this program is not known.");
        List<string> arguments = [Role.Command, role, subject.ToString(), plan.ToJson()];
        if (address is not null)
        {
            arguments.Add(address);
        }

        // Started as `dotnet Remote.LoadTest.dll`, the program is the first argument.
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            arguments.Insert(0, typeof(RoleProcess).Assembly.Location);
        }

        return new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
    }
}
