using Remote;
using Remote.Actors;

namespace WordCount;

/// <summary>A worker process: a node that offers the counting kind until its coordinator has gone.</summary>
internal static class WorkerProgram
{
    public static async Task<int> RunAsync(CancellationToken cancellation)
    {
        await using var system = new ActorSystem();
        await using var remote = await RemoteHost.StartAsync(system, new RemoteOptions(), setup => setup
            .AddMessages(WordcountReflection.Descriptor)
            .AddKind(CounterActor.Kind, CounterActor.Props));
        await Console.Out.WriteLineAsync(WorkerProcess.ReadyPrefix + remote.Address);

        // The coordinator holds the other end of standard input. However it ends, this read ends with it.
        await Console.OpenStandardInput().CopyToAsync(Stream.Null, cancellation);
        return ExitCode.Right;
    }
}
