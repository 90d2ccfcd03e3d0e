using System.Runtime.InteropServices;
using Examples;
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

    /// <summary>Runs until SIGTERM, SIGINT or the token; as a child until SIGTERM or the end of its input.</summary>
    /// <param name="path">Where to listen.</param>
    /// <param name="isChild">Whether another process of this program has started it.</param>
    /// <param name="output">Where the address is said.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="RemoteException">The path is none for a socket, or another process listens there.</exception>
    public static async Task RunAsync(string path, bool isChild, TextWriter output, CancellationToken cancellation)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = isChild ? ChildProcess.IgnoreInterrupts() : PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var cancelled = cancellation.Register(() => stop.TrySetResult());

        var config = RemoteConfig.BindToLocalhost().WithProtoMessages(WrappersReflection.Descriptor);
        await using var system = new ActorSystem().WithRemote(config, options => options.UnixSocketPath = path);
        system.Root.SpawnNamed(Props.FromFunc(Answer), Answerer);
        await system.Remote().StartAsync();
        await output.WriteLineAsync(ReadyPrefix + system.Address);
        await output.FlushAsync(CancellationToken.None);
        await (isChild ? Task.WhenAny(stop.Task, Console.OpenStandardInput().CopyToAsync(Stream.Null, CancellationToken.None)) : stop.Task);
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
