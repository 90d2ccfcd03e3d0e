using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;

namespace Remote.Testing.Tests;

/// <summary>Whole nodes over the in-memory network: how an application tests itself.</summary>
public sealed class InMemoryNetworkRemoteTests : IAsyncLifetime
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);
    private readonly InMemoryNetwork _network = new();
    private readonly ActorSystem _here = new();
    private readonly ActorSystem _there = new();
    private ReliableRemote _remoteHere = null!;
    private ReliableRemote _remoteThere = null!;

    public async Task InitializeAsync()
    {
        _remoteHere = await StartAsync(_here);
        _remoteThere = await StartAsync(_there);
        _there.Root.SpawnNamed(
            Props.FromFunc(context =>
            {
                if (context.Message is StringValue)
                {
                    context.Respond(context.Message);
                }

                return Task.CompletedTask;
            }),
            "echo");
    }

    public async Task DisposeAsync()
    {
        await _remoteHere.DisposeAsync().AsTask().WaitAsync(Ceiling);
        await _remoteThere.DisposeAsync().AsTask().WaitAsync(Ceiling);
        await _here.DisposeAsync().AsTask().WaitAsync(Ceiling);
        await _there.DisposeAsync().AsTask().WaitAsync(Ceiling);
        await _network.DisposeAsync().AsTask().WaitAsync(Ceiling);
    }

    [Fact]
    [Trait("Behaviour", "O-10")]
    public async Task Request_BetweenNodes_IsAnsweredWithoutASocket()
    {
        var echo = new PID(_remoteThere.Address, "echo");

        var answer = await _here.Root.RequestAsync<StringValue>(echo, new StringValue { Value = "hello" }, Ceiling).WaitAsync(Ceiling);

        Assert.Equal("hello", answer.Value);
        Assert.Equal(
            [_remoteThere.Address, _remoteHere.Address], _network.Connections.Select(connection => connection.Address));
    }

    [Fact]
    [Trait("Behaviour", "O-10")]
    public async Task Cut_ConnectedNodes_ReconnectAndGoOn()
    {
        var echo = new PID(_remoteThere.Address, "echo");
        await _here.Root.RequestAsync<StringValue>(echo, new StringValue(), Ceiling).WaitAsync(Ceiling);
        using var probe = new EventProbe(_here.EventStream);

        Assert.Equal(1, _network.Cut(_remoteThere.Address));

        await probe.NextAsync<EndpointReconnecting>(reconnecting => reconnecting.Address == echo.Address).WaitAsync(Ceiling);
        await probe.NextAsync<EndpointReconnected>(reconnected => reconnected.Address == echo.Address).WaitAsync(Ceiling);
        var answer = await _here.Root.RequestAsync<StringValue>(echo, new StringValue { Value = "again" }, Ceiling).WaitAsync(Ceiling);
        Assert.Equal("again", answer.Value);
    }

    private async Task<ReliableRemote> StartAsync(ActorSystem system)
    {
        var config = RemoteConfig.BindTo("127.0.0.1").WithProtoMessages(WrappersReflection.Descriptor);
        system.WithRemote(config, options => options.UseNetwork(_network));
        await system.Remote().StartAsync().WaitAsync(Ceiling);
        return system.ReliableRemote();
    }
}
