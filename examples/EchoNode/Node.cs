using System.Runtime.InteropServices;
using Remote;
using Remote.Actors;

namespace EchoNode;

/// <summary>The node: listens, echoes, and leaves when it is told to.</summary>
internal static class Node
{
    /// <summary>What is printed before the address when the node listens.</summary>
    public const string ReadyPrefix = "listening on ";

    public static RemoteOptions Options(string host, int port, string? unixPath) => new()
    {
        Host = host,
        Port = port,
        UnixSocketPath = unixPath,
        Diagnostics = { Enabled = true },
    };

    /// <summary>Runs until SIGTERM, SIGINT or the token.</summary>
    /// <exception cref="RemoteException">The options are wrong, or the address is taken.</exception>
    public static async Task RunAsync(RemoteOptions options, TextWriter output, CancellationToken cancellation)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var cancelled = cancellation.Register(() => stop.TrySetResult());

        await using var system = new ActorSystem();
        var echo = Props.FromProducer(() => new EchoActor());
        await using var remote = await RemoteHost.StartAsync(
            system, options, setup => setup.AddWellKnownMessages().AddKind(EchoActor.Name, echo), cancellation);
        system.Root.SpawnNamed(echo, EchoActor.Name);
        await output.WriteLineAsync(ReadyPrefix + remote.Address);
        await output.FlushAsync(CancellationToken.None);
        await stop.Task;

        void Stop(PosixSignalContext context)
        {
            // Otherwise the process would end here and now, and its peers would learn it from a broken connection.
            context.Cancel = true;
            stop.TrySetResult();
        }
    }
}
