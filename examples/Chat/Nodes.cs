using Examples;
using Proto;
using Proto.Remote;
using Remote;

namespace Chat;

/// <summary>The two programs: the server with its room, and a user.</summary>
internal static class Nodes
{
    public const string ReadyPrefix = "listening on ";

    /// <summary>Serves until the keyboard falls silent. What is typed is told to everybody.</summary>
    public static async Task ServeAsync(int port, Keyboard keyboard, TextWriter output)
    {
        await using var system = new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost(port));
        var room = system.Root.SpawnNamed(Props.FromProducer(() => new RoomActor()), RoomActor.Id);
        await system.Remote().StartAsync();
        await output.WriteLineAsync(ReadyPrefix + system.Address);
        await output.FlushAsync();
        while (await keyboard.ReadLineAsync() is { } text)
        {
            system.Root.Send(room, new Said("server", text));
        }

        await system.Remote().ShutdownAsync();
    }

    /// <summary>Is in the room until the keyboard falls silent. What is typed is said there.</summary>
    /// <returns>The exit code: whether there was a room at the end.</returns>
    public static async Task<int> JoinAsync(string server, string name, Keyboard keyboard, TextWriter output)
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

        // What the user has to know beyond what the room says: the connection, and what nobody heard.
        system.EventStream.Subscribe<EndpointReconnecting>(fact => system.Root.Send(user, fact));
        system.EventStream.Subscribe<EndpointReconnected>(fact => system.Root.Send(user, fact));
        system.EventStream.Subscribe<RemoteDeadLetterEvent>(letter =>
        {
            if (letter.Message is Say)
            {
                system.Root.Send(user, letter);
            }
        });
        while (await keyboard.ReadLineAsync() is { } text)
        {
            system.Root.Send(user, new Line(text));
        }

        var seen = await system.Root.RequestAsync<Seen>(user, new Leave(), CancellationToken.None);
        if (seen.Room)
        {
            // The user ends before its node does: so the room hears at once that it has left.
            await system.Root.PoisonAsync(user);
            await system.Remote().ShutdownAsync();
        }
        else
        {
            // The other way round: what was typed and never arrived is given up now, and the user is told.
            await system.Remote().ShutdownAsync();
            await system.Root.PoisonAsync(user);
        }

        return seen.Room ? ExitCode.Right : ExitCode.ProcessLost;
    }

    public static string PortOf(string address) => address[(address.LastIndexOf(':') + 1)..];
}
