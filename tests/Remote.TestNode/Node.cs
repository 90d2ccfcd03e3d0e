using System.Runtime.InteropServices;
using Proto;
using Proto.Remote;

namespace Remote.TestNode;

/// <summary>
/// A node in a process of its own that does what it is told, line by line, and says what it did, in lines of JSON. It ends when its standard
/// input does: a test that dies takes its peers with it.
/// </summary>
internal sealed class Node : IAsyncDisposable
{
    public const int NodeFailed = 1, InputEnded = 3;

    private readonly Announcer _announcer;
    private readonly TaskCompletionSource<int> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ActorSystem _system = new();
    private readonly List<PID> _actors = [];
    private ReliableRemote? _remote;
    private Ledger? _ledger;
    private int _life;
    private readonly SemaphoreSlim _strayAnswers = new(0);
    private bool _actorsLeaveFirst;

    private Node(TextWriter output) => _announcer = new Announcer(output);

    /// <summary>Runs until SIGTERM, the end of the input, or a command that cannot be carried out.</summary>
    public static async Task<int> RunAsync(TextReader input, TextWriter output, TextWriter errors)
    {
        await using var node = new Node(output);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            node._exit.TrySetResult(0);
        });

        // On the pool: reading the console blocks.
        _ = Task.Run(() => node.ObeyAsync(input, errors));
        node._announcer.Say("started");
        var exitCode = await node._exit.Task;
        if (exitCode != 0)
        {
            // Nobody is left to say goodbye to, or nothing works: peers see a process that died.
            Environment.Exit(exitCode);
        }

        return exitCode;
    }

    /// <summary>Leaves in good order, in the order that was asked for.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_actorsLeaveFirst)
        {
            await Task.WhenAll(_actors.Select(_system.Root.StopAsync));
        }

        if (_remote is not null)
        {
            await _remote.DisposeAsync();

            // Acknowledged is not yet handled: what the node took in before it left is worked off.
            await _system.Root.PoisonAsync(Local(SinkActor.Name));
        }

        await _system.DisposeAsync();
        _ledger?.Dispose();
    }

    private async Task ObeyAsync(TextReader input, TextWriter errors)
    {
        try
        {
            while (await input.ReadLineAsync() is { } line)
            {
                await ObeyAsync(Command.Parse(line));
            }

            _exit.TrySetResult(InputEnded);
        }
        catch (Exception exception)
        {
            await errors.WriteLineAsync(exception.ToString());
            _exit.TrySetResult(NodeFailed);
        }
    }

    private Task ObeyAsync(Command command) => command.Name switch
    {
        "listen" => ListenAsync(command),
        "spawn" => SpawnAsync(command["name"], command.Number("count")),
        "stop" => StopAsync(command["name"], command.Number("count")),
        "ask" => AskAsync(new PID(command["address"], command["id"]), command.Number("count")),
        "strays" => StraysAsync(command.Number("count")),
        "watch" => WatchAsync(new PID(command["address"], command["id"])),
        _ => throw new FormatException($"'{command.Name}' is no command of this node."),
    };

    private async Task ListenAsync(Command command)
    {
        _life = command.Number("life");
        _actorsLeaveFirst = command.Find("leave") == "actors-first";
        _ledger = command.Find("ledger") is { } path ? Ledger.Open(path) : null;
        var pace = command.Find("pace") is { } address ? new PID(address, "pace") : null;
        _system.EventStream.Subscribe<DeadLetterEvent>(letter =>
        {
            if (letter.Message is Answer)
            {
                _strayAnswers.Release();
            }
        });
        _system.EventStream.Subscribe<EndpointReconnecting>(lost => _announcer.Say("reconnecting", ("error", lost.Error.Message)));
        _system.EventStream.Subscribe<EndpointReconnected>(_ => _announcer.Say("reconnected"));
        _system.EventStream.Subscribe<EndpointTerminated>(ended => _announcer.Say("endpoint-terminated", ("reason", ended.Reason.ToString())));
        _remote = _system.WithRemote(Config(command), options => Configure(options, command)).ReliableRemote();
        _actors.Add(_system.Root.SpawnNamed(Props.FromProducer(() => new SinkActor(_life, _ledger, pace)), SinkActor.Name));
        await _remote.StartAsync();
        _announcer.Say("listening", ("address", _remote.Address), ("systemId", _system.Id));
    }

    private static RemoteConfig Config(Command command)
    {
        var config = RemoteConfig.BindTo(command["host"], command.Number("port")).WithProtoMessages(TestnodeReflection.Descriptor);
        return command.Find("advertise") is null
            ? config
            : config.WithAdvertisedHost("127.0.0.1").WithAdvertisedPort(command.Number("advertise"));
    }

    private static void Configure(RemoteOptions options, Command command)
    {
        options.Heartbeat.Interval = command.FindMilliseconds("heartbeat") ?? options.Heartbeat.Interval;
        options.Heartbeat.Timeout = command.FindMilliseconds("timeout") ?? options.Heartbeat.Timeout;
        if (command.FindMilliseconds("retry") is { } retry)
        {
            options.Reconnect = new ReconnectOptions { InitialDelay = retry, MaxDelay = 4 * retry, MaxAttempts = 0 };
        }
    }

    private PID Local(string id) => PID.FromAddress(_system.Address, id);

    private Task SpawnAsync(string name, int count)
    {
        var props = Props.FromFunc(_ => Task.CompletedTask);
        for (var i = 0; i < count; i++)
        {
            _actors.Add(_system.Root.SpawnNamed(props, $"{name}{i}"));
        }

        _announcer.Say("spawned", ("name", name));
        return Task.CompletedTask;
    }

    /// <summary>Says so before as well: a test may strike in between.</summary>
    private async Task StopAsync(string name, int count)
    {
        _announcer.Say("stopping", ("name", name));
        await Task.WhenAll(Enumerable.Range(0, count).Select(i => _system.Root.StopAsync(Local($"{name}{i}"))));
        _announcer.Say("stopped", ("name", name));
    }

    /// <summary>Asks many questions at once, and goes on to the next command while the answers are out.</summary>
    private Task AskAsync(PID target, int count)
    {
        var asked = Enumerable.Range(0, count).Select(i => IsAnsweredAsync(target, i)).ToArray();
        _announcer.Say("asking");
        _ = SayWhenAnsweredAsync(asked);
        return Task.CompletedTask;
    }

    /// <summary>Waits until so many answers have come that nobody here asked for: they are dead letters. Says how many there are beyond them.</summary>
    private async Task StraysAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await _strayAnswers.WaitAsync();
        }

        _announcer.Say("strays", ("more", $"{_strayAnswers.CurrentCount}"));
    }

    private async Task<bool> IsAnsweredAsync(PID target, int number)
    {
        var answer = await _system.Root.RequestAsync<Answer>(target, new Ask { Life = _life, Number = number }, CancellationToken.None);
        return answer.Life == _life && answer.Number == number;
    }

    private async Task SayWhenAnsweredAsync(Task<bool>[] asked)
    {
        try
        {
            var right = (await Task.WhenAll(asked)).Count(isRight => isRight);
            _announcer.Say("asked", ("right", $"{right}"));
        }
        catch (Exception exception) when (exception is DeadLetterException or TimeoutException)
        {
            _announcer.Say("asked", ("error", exception.Message));
        }
    }

    /// <summary>An actor here that watches one of the test's, and says what it is told.</summary>
    private Task WatchAsync(PID target)
    {
        _actors.Add(_system.Root.Spawn(Props.FromFunc(context =>
        {
            switch (context.Message)
            {
                case Started:
                    context.Watch(target);
                    _announcer.Say("watching", ("id", target.Id));
                    break;
                case Terminated ended:
                    _announcer.Say("terminated", ("id", ended.Who.Id), ("why", ended.Why.ToString()));
                    break;
            }

            return Task.CompletedTask;
        })));
        return Task.CompletedTask;
    }
}
