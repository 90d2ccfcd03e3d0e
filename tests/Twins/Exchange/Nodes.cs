using System.Text.Json;
using Proto;
using Proto.Remote;

namespace Twins.Exchange;

/// <summary>How a node of the exchange starts: all of them alike.</summary>
public static class Nodes
{
    private const int TemperatureSerializerId = 7, BeforeTheOthers = 100;

    public static async Task<ActorSystem> StartAsync()
    {
        var system = new ActorSystem().WithRemote(Config());
        await system.Remote().StartAsync();
        return system;
    }

    private static RemoteConfig Config() => RemoteConfig.BindToLocalhost()
        .WithProtoMessages(ExchangeReflection.Descriptor)
        .WithJsonSerializerOptions(new JsonSerializerOptions { Converters = { new MoneyConverter() } })
        .WithSerializer(TemperatureSerializerId, BeforeTheOthers, new TemperatureSerializer())
        .WithRemoteKind("greeter", Props.FromProducer(() => new Greeter()))
        .WithRemoteKinds(("shop", Props.FromProducer(() => new Shop())), ("nobody", Props.FromFunc(_ => Task.CompletedTask)));
}
