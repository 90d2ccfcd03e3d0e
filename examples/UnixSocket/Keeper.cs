using System.Runtime.InteropServices;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Remote;

namespace UnixSockets;

/// <summary>The process that listens: a node on a Unix socket, with an actor that answers.</summary>
internal static class Keeper
{
    /// <summary>What is printed before the address when the node listens.</summary>
    public const string ReadyPrefix = "listening on ";

    /// <summary>The name of the actor.</summary>
    public const string Answerer = "answerer";

    /// <summary>Runs until SIGTERM, SIGINT or the token.</summary>
    /// <exception cref="RemoteException">The path is none for a socket, or another process listens there.</exception>
    public static async Task RunAsync(string path, TextWriter output, CancellationToken cancellation)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var cancelled = cancellation.Register(() => stop.TrySetResult());

        var config = RemoteConfig.BindToLocalhost().WithProtoMessages(WrappersReflection.Descriptor);
        await using var system = new ActorSystem().WithRemote(config, options => options.UnixSocketPath = path);
        system.Root.SpawnNamed(Props.FromFunc(Answer), Answerer);
        await system.Remote().StartAsync();
        await output.WriteLineAsync(ReadyPrefix + system.Address);
        await output.FlushAsync(CancellationToken.None);
        await stop.Task;
        await system.Remote().ShutdownAsync();

        void Stop(PosixSignalContext context)
        {
            // Otherwise the process would end here and now, and leave its socket behind.
            context.Cancel = true;
            stop.TrySetResult();
        }
    }

    private static Task Answer(IContext context)
    {
        if (context.Message is StringValue text)
        {
            context.Respond(new StringValue { Value = $"{text.Value}, from process {Environment.ProcessId}" });
        }

        return Task.CompletedTask;
    }
}
