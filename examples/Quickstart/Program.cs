using System.Text.Json.Serialization;
using Remote;
using Remote.Actors;

// Two nodes, as they would run in two processes or on two machines. Port 0 takes any free one.
await using var serverSystem = new ActorSystem();
await using var server = await RemoteHost.StartAsync(serverSystem, new RemoteOptions { Port = 0 }, Messages.Register);
await using var clientSystem = new ActorSystem();
await using var client = await RemoteHost.StartAsync(clientSystem, new RemoteOptions { Port = 0 }, Messages.Register);

// An actor on the one node ...
serverSystem.Root.SpawnNamed(Props.FromProducer(() => new Greeter()), "greeter");

// ... answers a request from the other.
var greeter = new PID(server.Address, "greeter");
var greeting = await clientSystem.Root.RequestAsync<Greeting>(greeter, new Hello("world"), TimeSpan.FromSeconds(5));
Console.WriteLine(greeting.Text);
return greeting.Text == "Hello, world!" ? 0 : 1;

internal sealed class Greeter : IActor
{
    public Task ReceiveAsync(IContext context)
    {
        if (context.Message is Hello hello)
        {
            context.Respond(new Greeting($"Hello, {hello.Name}!"));
        }

        return Task.CompletedTask;
    }
}

internal sealed record Hello(string Name);

internal sealed record Greeting(string Text);

/// <summary>What may travel between the nodes, and under which name. Protobuf messages travel too.</summary>
[JsonSerializable(typeof(Hello))]
[JsonSerializable(typeof(Greeting))]
internal sealed partial class Messages : JsonSerializerContext
{
    public static void Register(RemoteSetup setup) => setup.AddJson(Default.Hello, "hello").AddJson(Default.Greeting, "greeting");
}
