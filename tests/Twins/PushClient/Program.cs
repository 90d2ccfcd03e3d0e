using Proto;
using Proto.Remote;
using Twins;
using Twins.Push;

var patience = TimeSpan.FromSeconds(10);
var journal = new Journal();

await using var server = new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost()
    .WithProtoMessages(PushReflection.Descriptor)
    .WithRemoteKind("feed", Props.FromProducer(() => new Feed(journal))));
await server.Remote().StartAsync();
var news = server.Root.SpawnNamed(Props.FromProducer(() => new Feed(journal)), "news");

// As the client sees it: the PID that Spawn gives knows its process, and would reach it past any connection.
var feed = PID.FromAddress(server.Address, "news");

// A client has no listener: everything comes to it through the connection that it opened.
await using var client = new ActorSystem().WithClientRemote(RemoteConfig.BindToLocalhost().WithProtoMessages(PushReflection.Descriptor));
await client.Remote().StartAsync();
Console.WriteLine($"client: {client.Address.StartsWith(ActorSystem.Client, StringComparison.Ordinal)}, started: {client.Remote().Started}");

// Answers to requests, on the feed that was there and on one that the client has made.
Console.WriteLine((await client.Root.RequestAsync<Headline>(feed, new AskForLatest(), patience)).Text);
var spawned = await client.Remote().SpawnNamedAsync(server.Address, "gossip", "feed", patience);
Console.WriteLine($"spawn: {(ResponseStatusCode)spawned.StatusCode}, {spawned.Pid.Id}");
client.Root.Send(spawned.Pid, new Publish { Headline = "a rumour" });
Console.WriteLine((await client.Root.RequestAsync<Headline>(spawned.Pid, new AskForLatest(), patience)).Text);

// Pushes.
var ada = client.Root.SpawnNamed(Props.FromProducer(() => new Reader("Ada", feed, journal)), "ada");
await journal.PrintAsync("Ada: welcome Ada");
client.Root.SpawnNamed(Props.FromProducer(() => new Reader("Bob", feed, journal)), "bob");
await journal.PrintAsync("Bob: welcome Bob");
server.Root.Send(news, new Publish { Headline = "first" });
await journal.PrintAsync("Ada reads: first");
await journal.PrintAsync("Bob reads: first");
client.Root.Send(feed, new Publish { Headline = "second" });
await journal.PrintAsync("Ada reads: second");
await journal.PrintAsync("Bob reads: second");

// The server watches actors of the client, and the client one of the server.
await client.Root.StopAsync(ada);
await journal.PrintAsync("the feed lost Ada: Stopped");
server.Root.Send(news, new Publish { Headline = "third" });
await journal.PrintAsync("Bob reads: third");
await server.Root.StopAsync(news);
await journal.PrintAsync("Bob lost news: Stopped");

await client.Remote().ShutdownAsync();
await server.Remote().ShutdownAsync();
Console.WriteLine("done");
