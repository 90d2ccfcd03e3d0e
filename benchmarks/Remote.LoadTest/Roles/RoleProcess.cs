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
    private readonly TimeSpan _answerTimeout;

    private RoleProcess(Process process, string name, TimeSpan answerTimeout)
    {
        _process = process;
        _name = name;
        _answerTimeout = answerTimeout;
    }

    /// <summary>What the process said when it was ready: the receiver's address.</summary>
    public string Address { get; private init; } = "";

    public static Task<RoleProcess> StartAsync(string role, Subject subject, RunPlan plan, string? address, CancellationToken cancellation) =>
        StartAsync(StartInfo(role, subject, plan, address), $"{role} of {subject}", AnswerTimeout, cancellation);

    /// <summary>Starts a part of a scenario that has processes of its own.</summary>
    /// <param name="part">Its name.</param>
    /// <param name="plan">What it is told, as JSON.</param>
    /// <param name="answerTimeout">How long each of its answers may take.</param>
    /// <param name="cancellation">Ends the wait for it.</param>
    public static Task<RoleProcess> StartPartAsync(string part, string plan, TimeSpan answerTimeout, CancellationToken cancellation) =>
        StartAsync(StartInfo(Role.PartCommand, part, plan), part, answerTimeout, cancellation);

    private static async Task<RoleProcess> StartAsync(ProcessStartInfo start, string name, TimeSpan answerTimeout, CancellationToken cancellation)
    {
        var process = Process.Start(start) ?? throw new LoadTestException($"The {name} did not start.");
        var started = new RoleProcess(process, $"{name} (pid {process.Id})", answerTimeout);
        try
        {
            var ready = await started.ReadAnswerAsync(Role.Ready, cancellation);
            return new RoleProcess(process, started._name, answerTimeout) { Address = ready };
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
        await TellAsync(command, cancellation);
        return await ReadAnswerAsync(Role.Done, cancellation);
    }

    /// <summary>Gives a command that is not answered.</summary>
    public async Task TellAsync(string command, CancellationToken cancellation)
    {
        await _process.StandardInput.WriteLineAsync(command.AsMemory(), cancellation);
        await _process.StandardInput.FlushAsync(cancellation);
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
        timeout.CancelAfter(_answerTimeout);
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
            throw new LoadTestException($"The {_name} did not answer within {_answerTimeout.TotalSeconds} s.");
        }
    }

    /// <summary>This program in a role, with its input and output in the caller's hands.</summary>
    internal static ProcessStartInfo StartInfo(string role, Subject subject, RunPlan plan, string? address)
    {
        List<string> arguments = [Role.Command, role, subject.ToString(), plan.ToJson()];
        if (address is not null)
        {
            arguments.Add(address);
        }

        return StartInfo([.. arguments]);
    }

    private static ProcessStartInfo StartInfo(params string[] arguments)
    {
        var program = Environment.ProcessPath ?? throw new LoadTestException("The path of this program is not known.");

        // Started as `dotnet Remote.LoadTest.dll`, the program is the first argument.
        string[] all = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(RoleProcess).Assembly.Location, .. arguments] : arguments;
        return new ProcessStartInfo(program, all) { RedirectStandardInput = true, RedirectStandardOutput = true };
    }
}
