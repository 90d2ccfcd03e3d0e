using Proto;
using Proto.Remote;
using Twins.Exchange;

var patience = TimeSpan.FromSeconds(10);

await using var server = await Nodes.StartAsync();
await using var client = await Nodes.StartAsync();
var remote = client.Remote();
Console.WriteLine($"started: {remote.Started}, own config: {ReferenceEquals(remote.System, client)}");
Console.WriteLine($"kinds: {string.Join(", ", remote.Config.GetRemoteKinds().Order(StringComparer.Ordinal))}");

// Actors that the other node makes on request.
var spawned = await remote.SpawnAsync(server.Address, "greeter", patience);
Console.WriteLine($"spawn greeter: {Status(spawned)}, there: {spawned.Pid.Address == server.Address}");
var named = await remote.SpawnNamedAsync(server.Address, "corner-shop", "shop", patience);
Console.WriteLine($"spawn shop: {Status(named)}, {named.Pid.Id}");
var again = await remote.SpawnNamedAsync(server.Address, "corner-shop", "shop", patience);
Console.WriteLine($"spawn the same name again: {Status(again)}");

// Protobuf, with and without headers, directly and through an actor here.
var greeter = spawned.Pid;
Console.WriteLine((await client.Root.RequestAsync<Greeting>(greeter, new Greet { Name = "Ada" }, patience)).Text);
var header = Proto.MessageHeader.Empty.With("from", "the queen");
var announced = new Proto.MessageEnvelope(new Greet { Name = "Bob" }, null, header);
Console.WriteLine((await client.Root.RequestAsync<Greeting>(greeter, announced, patience)).Text);
var usher = client.Root.Spawn(Props.FromProducer(() => new Usher(greeter)));
Console.WriteLine((await client.Root.RequestAsync<Greeting>(usher, new Greet { Name = "forwarded" }, patience)).Text);
Console.WriteLine((await client.Root.RequestAsync<Greeting>(usher, new Greet { Name = "Cleo" }, patience)).Text);

// JSON with options of ours, a serializer of ours, and a message that changes its form for the journey.
var shop = PID.FromAddress(server.Address, "corner-shop");
Console.WriteLine(await client.Root.RequestAsync<PriceAnswer>(shop, new PriceQuestion("apple", 3), patience));
Console.WriteLine($"{(await client.Root.RequestAsync<Temperature>(shop, Temperature.Of(20), patience)).Degrees} degrees");
Console.WriteLine(await client.Root.RequestAsync<Parcel>(shop, new Parcel("toy"), patience));
Console.WriteLine(Serialized(client, Temperature.Of(20)));
Console.WriteLine(Serialized(client, new PriceAnswer("pear", Money.FromCents(250))));

// Many questions at once, each with its own answer.
var answers = await Task.WhenAll(Enumerable.Range(1, 1000).Select(pieces =>
    client.Root.RequestAsync<PriceAnswer>(shop, new PriceQuestion($"{pieces}", pieces), patience)));
Console.WriteLine($"right answers: {answers.Where((answer, i) => answer.Article == $"{i + 1}").Count()} of {answers.Length}");

await remote.ShutdownAsync();
await server.Remote().ShutdownAsync();
Console.WriteLine($"started: {remote.Started}");

static ResponseStatusCode Status(ActorPidResponse response) => (ResponseStatusCode)response.StatusCode;

static string Serialized(ActorSystem system, object message)
{
    var (bytes, _, serializerId) = system.Serialization().Serialize(message);
    return $"serializer {serializerId}: {bytes.ToStringUtf8()}";
}
