using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Proto;
using Proto.Remote;

namespace Remote.StartBench;

/// <summary>The measured program: a command-line tool that asks one thing of a node on this machine, prints the answer and ends.</summary>
internal static class FirstReply
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(long main, string socket)
    {
        var stamps = new Stamps(main);
        var config = RemoteConfig.BindToLocalhost().WithProtoMessages(StartbenchReflection.Descriptor);
        await using (var system = new ActorSystem().WithClientRemote(config, options => options.Hooks.Connect = Connect))
        {
            system.EventStream.Subscribe<EndpointConnected>(_ => stamps.Accepted = Stamps.Now);
            await system.Remote().StartAsync();
            stamps.Started = Stamps.Now;
            var answer = await system.Root.RequestAsync<Answer>(new PID($"unix://{socket}", Roles.Actor), new Ask { Name = "world" }, Timeout);
            stamps.Replied = Stamps.Now;
            Console.WriteLine(answer.Text);
            stamps.Printed = Stamps.Now;
            await system.Remote().ShutdownAsync();
        }

        stamps.Left = Stamps.Now;
        stamps.WebServer = [.. Loaded().Where(IsWebServer)];
        Console.WriteLine(stamps);
        return 0;

        ValueTask<Stream> Connect(EndPoint endPoint, CancellationToken cancellation) => ConnectAsync(endPoint, stamps, cancellation);
    }

    /// <summary>A native program loads nothing: it contains what it may need, and names all of that.</summary>
    private static IEnumerable<string> Loaded() => RuntimeFeature.IsDynamicCodeSupported
        ? AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetName().Name!)
        : [];

    private static bool IsWebServer(string assembly) => assembly.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal);

    /// <summary>What a node does that has no hook, with two looks at the clock.</summary>
    private static async ValueTask<Stream> ConnectAsync(EndPoint endPoint, Stamps stamps, CancellationToken cancellation)
    {
        stamps.Dialling = Stamps.Now;
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(endPoint, cancellation);
        stamps.Dialled = Stamps.Now;
        return new NetworkStream(socket, ownsSocket: true);
    }
}
