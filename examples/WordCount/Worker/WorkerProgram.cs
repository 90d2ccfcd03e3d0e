using System.Runtime.InteropServices;
using Proto;
using Proto.Remote;
using Remote;

namespace WordCount;

/// <summary>A worker process: a node that offers the counting kind until its coordinator has gone.</summary>
internal static class WorkerProgram
{
    public static async Task<int> RunAsync(CancellationToken cancellation)
    {
        // A terminal sends Ctrl+C to every process of the program, and the coordinator ends its workers itself.
        using var ignored = PosixSignalRegistration.Create(PosixSignal.SIGINT, static context => context.Cancel = true);
        await using var system = new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost()
            .WithProtoMessages(WordcountReflection.Descriptor)
            .WithRemoteKind(CounterActor.Kind, CounterActor.Props));

        // Disposed however this ends: it leaves in good order.
        await using var remote = system.ReliableRemote();
        await remote.StartAsync();
        await Console.Out.WriteLineAsync(WorkerProcess.ReadyPrefix + remote.Address);

        // The coordinator holds the other end of standard input. However it ends, this read ends with it.
        await Console.OpenStandardInput().CopyToAsync(Stream.Null, cancellation);
        return ExitCode.Right;
    }
}
