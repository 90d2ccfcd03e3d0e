using Microsoft.Extensions.Logging;
using Proto;
using Proto.Remote;
using Remote;

// Where it is said what goes wrong: without a log a mistake is nothing but a timeout.
using var log = LoggerFactory.Create(logging => logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning));
Log.SetLoggerFactory(log);

// Two nodes, as they would run in two processes or on two machines. Port 0 takes any free one.
await using var server = new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost(port: 0));
await server.Remote().StartAsync();
await using var client = new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost(port: 0));
await client.Remote().StartAsync();

// An actor on the one node ...
server.Root.SpawnNamed(Props.FromProducer(() => new Greeter()), "greeter");

// ... answers a request from the other. Records travel as JSON; protobuf messages travel too.
var greeter = PID.FromAddress(server.Address, "greeter");
var greeting = await client.Root.RequestAsync<Greeting>(greeter, new Hello("world"), TimeSpan.FromSeconds(5));
Console.WriteLine(greeting.Text);

await client.Remote().ShutdownAsync();
await server.Remote().ShutdownAsync();
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
