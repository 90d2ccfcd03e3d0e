using System.Collections.Concurrent;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;

namespace Remote.Tests.Fuzz;

/// <summary>A node whose peers send anything. Whom it would dial because of that, it does not reach.</summary>
internal sealed class FuzzNode : IAsyncDisposable
{
    /// <summary>Names of this node and of the peer, as frames write them; the node has them as aliases.</summary>
    public const string Address = "here:1", Peer = "there:1";

    /// <summary>The actor that no hostile peer names.</summary>
    public const string Healthy = "healthy";

    private long _received;
    private int _inOrder;

    private FuzzNode(ActorSystem system, FuzzLog log) => (ActorSystem, Log) = (system, log);

    public ActorSystem ActorSystem { get; }

    public FuzzLog Log { get; }

    public ReliableRemote Remote => ActorSystem.ReliableRemote();

    /// <summary>Messages that reached an actor.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>How many messages of the healthy peer came, each once and in order; -1 when one did not.</summary>
    public int InOrder => Volatile.Read(ref _inOrder);

    /// <summary>Dead letters by their reasons.</summary>
    public ConcurrentDictionary<string, long> DeadLetters { get; } = new();

    /// <param name="reachable">The only address that it can dial, again and again; <see langword="null"/> for none.</param>
    public static async Task<FuzzNode> StartAsync(string? reachable = null)
    {
        var log = new FuzzLog();
        var setup = new TestSetup().AddMessages(Messages.MessagesReflection.Descriptor);
        var system = new ActorSystem();
        var node = new FuzzNode(system, log);
        system.EventStream.Subscribe<RemoteDeadLetterEvent>(letter => node.DeadLetters.AddOrUpdate(letter.Reason.Name, 1, static (_, count) => count + 1));
        system.WithRemote(setup.ToConfig(), options =>
        {
            options.Aliases = [Address];
            options.MaxEndpoints = 8;
            options.Endpoint.QueueCapacity = 100;
            options.Reconnect.MaxAttempts = 1;
            (options.Reconnect.InitialDelay, options.Reconnect.MaxDelay) = (TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1));
            options.QuarantineDuration = TimeSpan.FromMilliseconds(100);
            options.Hooks.LoggerFactory = log;
            options.Hooks.Connect = async (endPoint, cancellation) =>
            {
                if (endPoint is not System.Net.DnsEndPoint host || $"{host.Host}:{host.Port}" != reachable)
                {
                    throw new IOException("Nobody is dialled because of what a peer says.");
                }

                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                await socket.ConnectAsync(host, cancellation);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            };
        });
        await system.Remote().StartAsync();
        system.Root.SpawnNamed(Props.FromFunc(node.ReceiveHealthy), Healthy);
        node.EnsureActors();
        return node;
    }

    /// <summary>Peers stop them: there are new ones then.</summary>
    public void EnsureActors()
    {
        foreach (var name in new[] { "sink", "echo", "größe", "a/b/c" })
        {
            if (ReferenceEquals(ActorSystem.ProcessRegistry.Get(PID.FromAddress(ActorSystem.NoHost, name)), ActorSystem.DeadLetter))
            {
                ActorSystem.Root.SpawnNamed(Props.FromFunc(Receive), name);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Remote.ShutdownAsync(graceful: false).WaitAsync(TestTime.Ceiling);
        await ActorSystem.DisposeAsync();
    }

    private Task ReceiveHealthy(IContext context)
    {
        if (context.Message is Int32Value number)
        {
            Volatile.Write(ref _inOrder, _inOrder >= 0 && number.Value == _inOrder ? _inOrder + 1 : -1);
        }

        return Task.CompletedTask;
    }

    private Task Receive(IContext context)
    {
        if (context.Message is not Started)
        {
            Interlocked.Increment(ref _received);
        }

        return Task.CompletedTask;
    }
}
