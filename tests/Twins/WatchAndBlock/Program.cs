using Proto;
using Proto.Remote;
using Twins;
using Twins.WatchAndBlock;

var patience = TimeSpan.FromSeconds(20);
var journal = new Journal();
var nodes = new Nodes();

await using var server = await nodes.StartAsync();
await using var client = await nodes.StartAsync();
client.EventStream.Subscribe<EndpointTerminatedEvent>(ended => journal.Enter($"the endpoint of {Name(ended.Address)} has ended"));
client.EventStream.Subscribe<DeadLetterEvent>(letter => journal.Enter($"dead letter: {letter.Message.GetType().Name} to {letter.Pid.Id}"));
server.EventStream.Subscribe<MemberBlocked>(blocked => journal.Enter($"blocked {Name(blocked.MemberId)}: {blocked.Reason}"));
Console.WriteLine($"advertised as {server.Address.Split(':')[0]}");

await WatchAsync();
await AskInVainAsync();
await BlockAsync();
await LeaveAsync();
Console.WriteLine("done");

// Actors that are there, stop, are watched no longer, and never were.
async Task WatchAsync()
{
    Spawn("steady");
    Spawn("mayfly");
    Spawn("ignored");
    var (mayfly, ignored) = (At(server, "mayfly"), At(server, "ignored"));
    var watcher = client.Root.Spawn(Props.FromProducer(() => new Watcher(journal)));
    client.Root.Send(watcher, new Watcher.Begin(ignored));
    await journal.PrintAsync("ignored answers");
    client.Root.Send(watcher, new Watcher.Begin(mayfly));
    await journal.PrintAsync("mayfly answers");
    client.Root.Send(watcher, new Watcher.End(ignored));
    await journal.PrintAsync("ignored is watched no longer");
    await server.Root.StopAsync(At(server, "ignored"));
    await server.Root.StopAsync(At(server, "mayfly"));
    await journal.PrintAsync("mayfly terminated: Stopped");
    Console.WriteLine($"heard of the ignored one: {journal.Has("ignored terminated: Stopped")}");
    client.Root.Send(watcher, new Watcher.Begin(At(server, "nobody")));
    await journal.PrintAsync("nobody terminated: NotFound");
    await journal.PrintAsync("nobody is dead");
    var urgent = await client.Root.RequestAsync<Urgent>(At(server, "steady"), new Urgent("fire"), patience);
    Console.WriteLine(urgent.Text);
    Console.WriteLine($"Kestrel configured: {nodes.KestrelConfigured}, channel options used: {nodes.ChannelOptionsUsed}");
}

async Task AskInVainAsync()
{
    Console.WriteLine($"asking nobody: {await AskAsync(client, At(server, "nobody"))}");

    // Stopped from here: a request first, so that it is known to be there.
    var spawned = await client.Remote().SpawnNamedAsync(server.Address, "short-lived", "ponger", patience);
    Console.WriteLine($"asking a spawned one: {await AskAsync(client, spawned.Pid)}");
    await client.Root.PoisonAsync(spawned.Pid);
    Console.WriteLine($"asking a stopped one: {await AskAsync(client, spawned.Pid)}");
}

// A member that a node has blocked is not let in.
async Task BlockAsync()
{
    await using var outcast = await nodes.StartAsync();
    var blockList = server.Remote().BlockList;
    Console.WriteLine($"blocked: {blockList.IsBlocked(outcast.Id)}, {blockList.BlockedMembers.Count} in all");
    ClusterMembership.Block(blockList, outcast.Id);
    Console.WriteLine($"blocked: {blockList.IsBlocked(outcast.Id)}, {blockList.BlockedMembers.Count} in all");
    await journal.PrintAsync("blocked a stranger: left the cluster");
    Console.WriteLine($"the outcast asks: {await AskAsync(outcast, At(server, "steady"))}");
    Console.WriteLine($"somebody else asks: {await AskAsync(client, At(server, "steady"))}");
    await outcast.Remote().ShutdownAsync();
}

async Task LeaveAsync()
{
    await server.Remote().ShutdownAsync();
    await journal.PrintAsync("the endpoint of the server has ended");
    Console.WriteLine($"asking who left: {await AskAsync(client, At(server, "steady"))}");
    client.Root.Send(At(server, "steady"), new Ping());
    await journal.PrintAsync("dead letter: Ping to steady");
    await client.Remote().ShutdownAsync();
}

void Spawn(string name) => server.Root.SpawnNamed(Props.FromProducer(() => new Ponger()), name);

// A new PID each time: one that Spawn gave, or that was used by one node, knows its process and would reach it past any connection.
static PID At(ActorSystem system, string name) => PID.FromAddress(system.Address, name);

string Name(string? who) => who == server.Address ? "the server" : "a stranger";

async Task<string> AskAsync(ActorSystem asker, PID target)
{
    try
    {
        return $"{(await asker.Root.RequestAsync<Pong>(target, new Ping(), patience)).From} answers";
    }
    catch (DeadLetterException)
    {
        return "dead letter";
    }
}
