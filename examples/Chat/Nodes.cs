using Remote;
using Remote.Actors;

namespace Chat;

/// <summary>The two programs: the server with its room, and a user.</summary>
internal static class Nodes
{
    public const string ReadyPrefix = "listening on ";

    /// <summary>Serves until its input ends. What is typed is told to everybody.</summary>
    public static async Task ServeAsync(int port, TextReader input, TextWriter output)
    {
        await using var system = new ActorSystem();
        var room = system.Root.SpawnNamed(Props.FromProducer(() => new RoomActor()), RoomActor.Id);
        await using var remote = await RemoteHost.StartAsync(system, new RemoteOptions { Port = port }, Messages.Register);
        await output.WriteLineAsync(ReadyPrefix + remote.Address);
        await output.FlushAsync();
        while (await input.ReadLineAsync() is { } text)
        {
            system.Root.Send(room, new Said("server", text));
        }
    }

    /// <summary>Is in the room until its input ends. What is typed is said there.</summary>
    public static async Task JoinAsync(string server, string name, TextReader input, TextWriter output)
    {
        // No listener: the one connection is the one that this node opens, and the server pushes through it.
        var options = new RemoteOptions { ClientOnly = true };
        options.Reconnect.InitialDelay = TimeSpan.FromMilliseconds(100);
        options.Reconnect.MaxDelay = TimeSpan.FromSeconds(1);
        options.Reconnect.MaxAttempts = 0;

        await using var system = new ActorSystem();
        await using var remote = await RemoteHost.StartAsync(system, options, Messages.Register);
        var user = system.Root.Spawn(Props.FromProducer(() => new UserActor(new PID(server, RoomActor.Id), name, output)));
        while (await input.ReadLineAsync() is { } text)
        {
            system.Root.Send(user, new Line(text));
        }
    }

    public static string PortOf(string address) => address[(address.LastIndexOf(':') + 1)..];
}
