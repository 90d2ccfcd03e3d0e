using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Remote;

namespace SecureNodes;

/// <summary>A node with mutual TLS: one call, with three files.</summary>
internal sealed class SecureNode : IAsyncDisposable
{
    private readonly ActorSystem _system;

    private SecureNode(ActorSystem system) => _system = system;

    public string Address => _system.Address;

    /// <param name="folder">Its files.</param>
    /// <param name="log">What Remote says about TLS goes there.</param>
    public static async Task<SecureNode> StartAsync(NodeFolder folder, TlsLines log)
    {
        var config = RemoteConfig.BindToLocalhost().WithProtoMessages(WrappersReflection.Descriptor, EmptyReflection.Descriptor);
        var system = new ActorSystem().WithRemote(config, options =>
        {
            options.UseTls(folder.Certificate, folder.Key, folder.Roots).ReloadInterval = TimeSpan.FromSeconds(1);
            options.Reconnect.MaxAttempts = 2;
            options.Hooks.LoggerFactory = log;
        });
        system.Root.SpawnNamed(Props.FromProducer(() => new CounterActor()), CounterActor.Id);
        await system.Remote().StartAsync();
        return new SecureNode(system);
    }

    /// <summary>Sends a number to the counter of another node.</summary>
    public void Send(string address, int number) => _system.Root.Send(PID.FromAddress(address, CounterActor.Id), new Int32Value { Value = number });

    /// <summary>What the counter of another node says.</summary>
    /// <exception cref="DeadLetterException">There is no way there.</exception>
    public async Task<string> AskAsync(string address)
    {
        var answer = await _system.Root.RequestAsync<StringValue>(PID.FromAddress(address, CounterActor.Id), new Empty(), TimeSpan.FromSeconds(30));
        return answer.Value;
    }

    /// <summary>Why there is no way.</summary>
    public string? LastError(string address) => _system.ReliableRemote().GetEndpointStatistics(address)?.LastError;

    public int Reconnects(string address) => _system.ReliableRemote().GetEndpointStatistics(address)?.Reconnects ?? 0;

    public async ValueTask DisposeAsync()
    {
        await _system.Remote().ShutdownAsync();
        await _system.DisposeAsync();
    }
}
