using System.Diagnostics;
using Proto;
using Process = System.Diagnostics.Process;

namespace Twins.Losses;

/// <summary>A node in a process of its own, with an actor that answers pings and counts nothing. It ends when its parent does.</summary>
internal sealed class ReceiverProcess : IAsyncDisposable
{
    /// <summary>The argument with which this program is that node.</summary>
    public const string Argument = "receiver";

    private const string ActorName = "answerer";

    private readonly Process _process;

    private ReceiverProcess(Process process, string address)
    {
        _process = process;
        Actor = PID.FromAddress(address, ActorName);
    }

    public int ProcessId => _process.Id;

    public PID Actor { get; }

    public static async Task<ReceiverProcess> StartAsync()
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ReceiverProcess).Assembly.Location, Argument])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        var address = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The receiver did not start.");
        return new ReceiverProcess(process, address);
    }

    /// <summary>The program of the process itself.</summary>
    public static async Task BeAsync()
    {
        await using var system = await Nodes.StartAsync();
        system.Root.SpawnNamed(Props.FromFunc(Answer), ActorName);
        Console.WriteLine(system.Address);
        await Console.In.ReadToEndAsync();
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private static Task Answer(IContext context)
    {
        if (context.Message is Ping)
        {
            context.Respond(new Pong());
        }

        return Task.CompletedTask;
    }
}
