using System.Diagnostics;

namespace OrderCluster;

/// <summary>A member's operating system process.</summary>
internal sealed class MemberProcess : IDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ExitTimeout = TimeSpan.FromSeconds(20);

    private readonly Process _process;

    private MemberProcess(int number, Process process, string address) => (Number, _process, Address) = (number, process, address);

    public int Number { get; }

    public string Address { get; }

    public int ProcessId => _process.Id;

    public bool HasEnded => _process.HasExited;

    /// <summary>Starts this program as a member and waits until it has joined.</summary>
    public static async Task<MemberProcess> StartAsync(int number, MemberPlan plan, CancellationToken cancellation)
    {
        var program = Environment.ProcessPath!;
        string[] arguments = [CommandLine.MemberCommand, plan.ToJson()];

        // Started as `dotnet Cluster.dll`, the program is the first argument.
        var start = Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? new ProcessStartInfo(program, [Path.Combine(AppContext.BaseDirectory, "Cluster.dll"), .. arguments])
            : new ProcessStartInfo(program, arguments);
        (start.RedirectStandardInput, start.RedirectStandardOutput) = (true, true);
        var process = Process.Start(start)!;
        try
        {
            return new MemberProcess(number, process, await ReadAddressAsync(number, process, cancellation));
        }
        catch
        {
            process.Kill();
            throw;
        }
    }

    /// <summary>kill -9: it tells nobody anything any more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Lets it leave in good order; one that does not within 20 s is killed.</summary>
    public async Task EndAsync()
    {
        if (_process.HasExited)
        {
            return;
        }

        _process.StandardInput.Close();
        using var late = new CancellationTokenSource(ExitTimeout);
        try
        {
            await _process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
        }
    }

    public void Dispose() => _process.Dispose();

    private static async Task<string> ReadAddressAsync(int number, Process process, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        either.CancelAfter(StartTimeout);
        try
        {
            while (await process.StandardOutput.ReadLineAsync(either.Token) is { } line)
            {
                if (line.StartsWith(MemberPlan.ReadyPrefix, StringComparison.Ordinal))
                {
                    return line[MemberPlan.ReadyPrefix.Length..];
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new OrderDeskException($"Member {number} (process {process.Id}) has not joined within {StartTimeout.TotalSeconds:F0} s.");
        }

        throw new OrderDeskException($"Member {number} (process {process.Id}) ended before it had joined; what it wrote above says why, or start the program again.", ExitCode.ProcessLost);
    }
}
