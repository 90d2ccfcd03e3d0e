using Google.Protobuf;
using Proto;
using Proto.Remote;
using Proto.Remote.GrpcNet;

namespace Remote.ProtoPeer;

/// <summary>
/// A node of Proto.Remote that does what it is told: one answer per command, which begins with <c>ok</c> or <c>error</c>. What it sees
/// happen comes as lines of its own.
/// </summary>
internal sealed class Node : IAsyncDisposable
{
    public const string Server = "server", Client = "client";

    private readonly ActorSystem _system;
    private readonly PID _watcher;

    private Node(ActorSystem system, Announcer announcer)
    {
        _system = system;
        _watcher = system.Root.Spawn(Props.FromProducer(() => new Watcher(announcer)));
    }

    /// <summary>When this returns, a server listens; a client connects when it first sends.</summary>
    public static async Task<Node> StartAsync(Command arguments, Announcer announcer)
    {
        var (system, config) = (new ActorSystem(), Config(arguments));
        _ = arguments.Name switch
        {
            Server => system.WithRemote(config),
            Client => system.WithClientRemote(config),
            _ => throw new FormatException($"'{arguments.Name}' is neither {Server} nor {Client}."),
        };
        Events.Announce(system, announcer);
        await system.Remote().StartAsync();
        announcer.Say($"listening on {system.Address}");

        // Not before: the PID of an actor that was spawned before the start has no address that another node could answer to.
        return new Node(system, announcer);
    }

    public async Task<string> ObeyAsync(Command command) => command.Name switch
    {
        "id" => _system.Id,
        "spawn" => Spawn(command),
        "stop" => await StopAsync(command["id"]),
        "count" => (await _system.Root.RequestAsync<Answer>(Local(command["id"]), new Ask(), command.Timeout)).Text,
        "send" => Send(command),
        "request" => (await _system.Root.RequestAsync<Answer>(command.Target(), new Ask { Text = command["text"] }, command.Timeout)).Text,
        "spawn-remote" => await SpawnRemoteAsync(command),
        "watch" => Done(await _system.Root.RequestAsync<Watcher.Begin>(_watcher, new Watcher.Begin(command.Target()), command.Timeout)),
        "unwatch" => Done(await _system.Root.RequestAsync<Watcher.End>(_watcher, new Watcher.End(command.Target()), command.Timeout)),
        "block" => Block(command["id"]),
        "blocked" => string.Join(' ', _system.Remote().BlockList.BlockedMembers),
        _ => throw new FormatException($"'{command.Name}' is no command of this node."),
    };

    public async ValueTask DisposeAsync()
    {
        await _system.Remote().ShutdownAsync();
        await _system.DisposeAsync();
    }

    private static RemoteConfig Config(Command arguments)
    {
        var slow = TimeSpan.FromMilliseconds(arguments.Number("delay", 10));
        var (host, port) = (arguments.Find("host") ?? RemoteConfig.Localhost, arguments.Number("port", RemoteConfig.AnyFreePort));
        var config = RemoteConfig.BindTo(host, port)
            .WithAdvertisedHost(arguments.Find("advertised-host"))
            .WithAdvertisedPort(arguments.Find("advertised-port") is null ? null : arguments.Number("advertised-port", 0))
            .WithProtoMessages(ProtopeerReflection.Descriptor, OnlyhereReflection.Descriptor)
            .WithRemoteKinds([.. Actors.Kinds.Select(kind => (kind, Actors.Create(kind, slow)))])
            .WithRemoteDiagnostics(true);
        return arguments.Find("retries") is null ? config : config.WithEndpointWriterMaxRetries(arguments.Number("retries", 0));
    }

    private static string Done(object _) => "";

    private PID Local(string id) => PID.FromAddress(_system.Address, id);

    private string Spawn(Command command)
    {
        var delay = TimeSpan.FromMilliseconds(command.Number("delay", 10));
        return _system.Root.SpawnNamed(Actors.Create(command["kind"], delay), command["id"]).ToString();
    }

    private async Task<string> StopAsync(string id)
    {
        await _system.Root.StopAsync(Local(id));
        return id;
    }

    private string Send(Command command)
    {
        var (target, kind, count) = (command.Target(), command.Find("kind") ?? "numbered", command.Number("count", 1));
        var payload = ByteString.CopyFrom(new byte[command.Number("size", 0)]);
        for (var number = 1; number <= count; number++)
        {
            _system.Root.Send(target, Messages.Create(kind, number, payload));
        }

        return $"{count}";
    }

    private async Task<string> SpawnRemoteAsync(Command command)
    {
        var (remote, address, kind) = (_system.Remote(), command["address"], command["kind"]);
        var response = command.Find("id") is { } name
            ? await remote.SpawnNamedAsync(address, name, kind, command.Timeout)
            : await remote.SpawnAsync(address, kind, command.Timeout);
        return $"{(ResponseStatusCode)response.StatusCode} {response.Pid}".TrimEnd();
    }

    private string Block(string memberId)
    {
        BlockListAccess.Block(_system.Remote().BlockList, memberId);
        return memberId;
    }
}
