using System.Runtime.InteropServices;
using Examples;
using Proto;
using Proto.Remote;
using Remote;

namespace EchoNode;

/// <summary>The node: listens, echoes, and leaves when it is told to.</summary>
internal static class Node
{
    /// <summary>What is printed before the address when the node listens.</summary>
    public const string ReadyPrefix = "listening on ";

    /// <summary>Runs until SIGTERM, SIGINT or the token; as a child of the self-check until SIGTERM or the end of its input.</summary>
    /// <exception cref="RemoteException">The options are wrong, or the address is taken.</exception>
    public static async Task RunAsync(string host, int port, string? unixPath, bool isChild, TextWriter output, CancellationToken cancellation)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = isChild ? ChildProcess.IgnoreInterrupts() : PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var cancelled = cancellation.Register(() => stop.TrySetResult());

        var echo = Props.FromProducer(() => new EchoActor());
        var config = RemoteConfig.BindTo(host, port)
            .WithProtoMessages(EchoMessages.All)
            .WithRemoteKind(EchoActor.Name, echo)
            .WithRemoteDiagnostics(true);
        await using var system = new ActorSystem().WithRemote(config, options => options.UnixSocketPath = unixPath);
        system.Root.SpawnNamed(echo, EchoActor.Name);
        await system.Remote().StartAsync();
        await output.WriteLineAsync(ReadyPrefix + system.Address);
        await output.FlushAsync(CancellationToken.None);
        await (isChild ? Task.WhenAny(stop.Task, Console.OpenStandardInput().CopyToAsync(Stream.Null, CancellationToken.None)) : stop.Task);
        await system.Remote().ShutdownAsync();

        void Stop(PosixSignalContext context)
        {
            // Otherwise the process would end here and now, and its peers would learn it from a broken connection.
            context.Cancel = true;
            stop.TrySetResult();
        }
    }
}
