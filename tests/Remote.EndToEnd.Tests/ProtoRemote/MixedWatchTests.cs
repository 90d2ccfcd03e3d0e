using Proto;

namespace Remote.EndToEnd.Tests;

/// <summary>Actors that are watched from a node with the other remoting.</summary>
[Trait("Behaviour", "W-01")]
public sealed class MixedWatchTests
{
    public static TheoryData<string> Roles => MixedPair.Roles;

    [Theory]
    [MemberData(nameof(Roles))]
    public async Task ActorStops_WatcherOnTheOtherNodeIsTold(string roles)
    {
        await using var pair = await MixedPair.StartAsync(roles);
        await pair.Theirs.TellAsync("spawn id=ignored kind=echo");
        await pair.Ours.WatchAsync(pair.AtTheirs("ignored"));
        await pair.Ours.WatchAsync(pair.AtTheirs("echo"));
        await pair.Ours.UnwatchAsync(pair.AtTheirs("ignored"));
        await pair.Theirs.TellAsync($"watch {pair.AtOurs("echo")}");
        await pair.Theirs.GreetAsync(pair.AtOurs("echo"));

        await pair.Theirs.TellAsync("stop id=ignored");
        await pair.Theirs.TellAsync("stop id=echo");
        await pair.Ours.StopAsync("echo");

        var ended = await pair.Ours.Told.NextAsync<Terminated>(ceiling: Waiting.Ceiling);
        Assert.Equal((pair.AtTheirs("echo"), TerminatedReason.Stopped), (ended.Who, ended.Why));
        Assert.Single(await pair.Ours.AllToldAsync());
        Assert.Equal($"{pair.Ours.Remote.Address}/echo Stopped", await pair.Theirs.NextAsync("terminated "));
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public async Task ActorIsNotThere_WatcherOnTheOtherNodeIsTold(string roles)
    {
        await using var pair = await MixedPair.StartAsync(roles);

        pair.Ours.Root.Send(new PID(pair.Ours.Remote.Address, "watcher"), pair.AtTheirs("nobody"));
        await pair.Theirs.TellAsync($"watch {pair.AtOurs("nobody")}");

        Assert.Equal(TerminatedReason.NotFound, (await pair.Ours.Told.NextAsync<Terminated>(ceiling: Waiting.Ceiling)).Why);
        Assert.Equal($"{pair.Ours.Remote.Address}/nobody NotFound", await pair.Theirs.NextAsync("terminated "));
    }

    /// <summary>What a watcher on a node of theirs is never told.</summary>
    [Theory]
    [MemberData(nameof(Roles))]
    public async Task TheirsIsKilled_OurWatcherIsToldOnce(string roles)
    {
        await using var pair = await MixedPair.StartAsync(roles);
        await pair.Ours.WatchAsync(pair.AtTheirs("echo"));
        await pair.Ours.WatchAsync(pair.AtTheirs("echo"));

        await pair.Theirs.KillAsync();

        var ended = await pair.Ours.Told.NextAsync<Terminated>(ceiling: Waiting.Ceiling);
        Assert.Equal((pair.AtTheirs("echo"), TerminatedReason.AddressTerminated), (ended.Who, ended.Why));
        await pair.Ours.Events.NextAsync<EndpointTerminated>(ceiling: Waiting.Ceiling);
        Assert.Single(await pair.Ours.AllToldAsync());
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public async Task TheirsLeaves_OurWatcherIsTold(string roles)
    {
        await using var pair = await MixedPair.StartAsync(roles);
        await pair.Ours.WatchAsync(pair.AtTheirs("echo"));

        await pair.Theirs.LeaveAsync();

        Assert.Equal(TerminatedReason.AddressTerminated, (await pair.Ours.Told.NextAsync<Terminated>(ceiling: Waiting.Ceiling)).Why);
        Assert.Single(await pair.Ours.AllToldAsync());
    }
}
