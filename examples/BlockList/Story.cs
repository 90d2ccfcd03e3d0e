using System.Diagnostics;
using Remote;

namespace Blocking;

/// <summary>
/// What an operator does about a node that misbehaves, told by three nodes of one process. Each could as well be a process on a machine of its
/// own. Every chapter says what must come of it, and the story ends where that is not so.
/// </summary>
internal sealed class Story(Timeline timeline, TimeSpan pause)
{
    private const int Requests = 20;

    private static readonly TimeSpan CutWithin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AddressBlockedFor = TimeSpan.FromSeconds(1.5);

    public async Task RunAsync(CancellationToken cancellation)
    {
        await using var server = await StoryNode.StartAsync("server", timeline);
        await using var friend = await StoryNode.StartAsync("friend", timeline);
        await using var intruder = await StoryNode.StartAsync("intruder", timeline);
        await BothWaysAsync(server, friend);
        await BothWaysAsync(server, intruder);

        await Task.Delay(pause, cancellation);
        await BlockTheProcessAsync(server, intruder);
        await friend.ExpectAsync(server, Requests, outcome: null);

        await Task.Delay(pause, cancellation);
        await LetItComeAgainAsync(server, intruder, cancellation);

        await Task.Delay(pause, cancellation);
        await BlockTheAddressForAWhileAsync(server, intruder);
        await friend.ExpectAsync(server, Requests, outcome: null);
    }

    private static async Task BothWaysAsync(StoryNode one, StoryNode other)
    {
        await other.ExpectAsync(one, Requests, outcome: null);
        await one.ExpectAsync(other, Requests, outcome: null);
    }

    /// <summary>By its system id: this process, wherever it says that it lives. If somebody restarts it, it may come again.</summary>
    private async Task BlockTheProcessAsync(StoryNode server, StoryNode intruder)
    {
        timeline.Say(server.Name, $"blocks the process {intruder.SystemId}");
        var clock = Stopwatch.StartNew();
        server.BlockList.BlockSystem(intruder.SystemId, reason: "asks too much");

        await server.NextAsync<EndpointTerminated>(ended => ended.Address == intruder.Address && ended.Reason == EndpointTerminatedReason.Blocked);
        var took = clock.Elapsed;
        timeline.Say(server.Name, $"cut the connection after {took.TotalMilliseconds:0.0} ms");
        if (took > CutWithin)
        {
            throw new UnexpectedException($"it took {took} to cut the connection");
        }

        await intruder.NextAsync<EndpointBlocked>(blocked => blocked.By == BlockedBy.Peer && blocked.Address == server.Address);
        await intruder.ExpectAsync(server, Requests, DeadLetterReason.Blocked);
        await server.ExpectAsync(intruder, 1, DeadLetterReason.Blocked);
        foreach (var entry in server.BlockList.Entries)
        {
            timeline.Say(server.Name, $"has an entry: {entry.SystemId ?? entry.Address}, {entry.Reason}, turned away {entry.Refusals} times");
        }
    }

    /// <summary>On the server's side at once; the other side tries again when its own quarantine is over.</summary>
    private async Task LetItComeAgainAsync(StoryNode server, StoryNode intruder, CancellationToken cancellation)
    {
        timeline.Say(server.Name, "unblocks it");
        server.BlockList.UnblockSystem(intruder.SystemId);
        await server.ExpectAsync(intruder, 1, outcome: null);
        while (await intruder.AskAsync(server) is not null)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellation);
        }

        await intruder.NextAsync<EndpointUnblocked>(unblocked => unblocked.By == BlockedBy.Peer);
        await BothWaysAsync(server, intruder);
    }

    /// <summary>By its address, with an end: whoever lives there, and nothing is even dialled.</summary>
    private async Task BlockTheAddressForAWhileAsync(StoryNode server, StoryNode intruder)
    {
        timeline.Say(server.Name, $"blocks the address {intruder.Address} for {AddressBlockedFor.TotalSeconds} s");
        server.BlockList.BlockAddress(intruder.Address, reason: "is being repaired", duration: AddressBlockedFor);
        await server.ExpectAsync(intruder, 1, DeadLetterReason.Blocked);

        await server.NextAsync<EndpointUnblocked>(unblocked => unblocked.Address == intruder.Address);
        await server.ExpectAsync(intruder, Requests, outcome: null);
    }
}
