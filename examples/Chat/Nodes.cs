using Proto;
using Proto.Remote;
using Remote;

namespace Chat;

/// <summary>The two programs: the server with its room, and a user.</summary>
internal static class Nodes
{
    public const string ReadyPrefix = "listening on ";

    /// <summary>Serves until its input ends. What is typed is told to everybody.</summary>
    public static async Task ServeAsync(int port, TextReader input, TextWriter output)
    {
        await using var system = new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost(port));
        var room = system.Root.SpawnNamed(Props.FromProducer(() => new RoomActor()), RoomActor.Id);
        await system.Remote().StartAsync();
        await output.WriteLineAsync(ReadyPrefix + system.Address);
        await output.FlushAsync();
        while (await input.ReadLineAsync() is { } text)
        {
            system.Root.Send(room, new Said("server", text));
        }

        await system.Remote().ShutdownAsync();
    }

    /// <summary>Is in the room until its input ends. What is typed is said there.</summary>
    public static async Task JoinAsync(string server, string name, TextReader input, TextWriter output)
    {
        // No listener: the one connection is the one that this node opens, and the server pushes through it.
        await using var system = new ActorSystem().WithClientRemote(RemoteConfig.BindToLocalhost(), options =>
        {
            options.Reconnect.InitialDelay = TimeSpan.FromMilliseconds(100);
            options.Reconnect.MaxDelay = TimeSpan.FromSeconds(1);
            options.Reconnect.MaxAttempts = 0;
        });
        await system.Remote().StartAsync();
        var room = PID.FromAddress(server, RoomActor.Id);
        var user = system.Root.Spawn(Props.FromProducer(() => new UserActor(room, name, output)));
        while (await input.ReadLineAsync() is { } text)
        {
            system.Root.Send(user, new Line(text));
        }

        await system.Remote().ShutdownAsync();
    }

    public static string PortOf(string address) => address[(address.LastIndexOf(':') + 1)..];
}
