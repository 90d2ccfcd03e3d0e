using System.Text.Json.Nodes;
using Proto;
using Proto.Cluster;
using Proto.Remote;
using ProtoCluster = Proto.Cluster.Cluster;

namespace Remote.ClusterNode;

/// <summary>A member of a cluster, on either remoting.</summary>
internal sealed class Member
{
    private readonly Announcer _announcer;
    private readonly ActorSystem _system;
    private readonly ProtoCluster _cluster;
    private readonly MemberState _state;
    private readonly Topics _topics;
    private readonly LaneFiller _lanes;
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _filling = new();
    private CancellationTokenSource? _asking;
    private Task<JsonNode>? _load;
    private int _leaving;

    public Member(MemberPlan plan, Announcer announcer)
    {
        _announcer = announcer;
        if (plan.IsLoud)
        {
            Log.SetLoggerFactory(new ErrorLog());
        }

        var timings = plan.Timings;
        _system = new ActorSystem(ActorSystemConfig.Setup() with { BlockedMemberDuration = TimeSpan.FromMilliseconds(timings.BlockedMemberDuration) });
        Remotings.With(_system, plan).WithCluster(ClusterConfig
            .Setup(plan.ClusterName, Providers.Create(plan), Lookups.Create(plan, _system))
            .WithGossipInterval(TimeSpan.FromMilliseconds(timings.GossipInterval))
            .WithGossipRequestTimeout(TimeSpan.FromMilliseconds(timings.GossipRequestTimeout))
            .WithHeartbeatExpiration(TimeSpan.FromMilliseconds(timings.HeartbeatExpiration))
            .WithActorRequestTimeout(TimeSpan.FromMilliseconds(timings.ActorRequestTimeout))
            .WithClusterKind(CounterActor.Kind, Props.FromProducer(() => new CounterActor(announcer))));
        _cluster = _system.Cluster();
        _state = new MemberState(_cluster);
        _system.EventStream.Subscribe<MemberBlocked>(blocked => SayIfOwn(blocked));
        _topics = new Topics(_cluster);
        _lanes = new LaneFiller(_system);
    }

    /// <summary>Completes when the member has left, whoever wanted it.</summary>
    public Task Left => _cluster.ShutdownCompleted;

    /// <summary>Whether this process wants to leave, and not the cluster to have it out.</summary>
    public bool IsLeaving => Volatile.Read(ref _leaving) == 1;

    public async Task JoinAsync()
    {
        await _cluster.StartMemberAsync();
        _announcer.Say("joined", ("id", _system.Id), ("address", _system.Address));
    }

    /// <summary>Leaves in good order.</summary>
    public async Task LeaveAsync()
    {
        Volatile.Write(ref _leaving, 1);
        await _cluster.ShutdownAsync();
    }

    public async Task<JsonNode?> ObeyAsync(Command command) => command.Name switch
    {
        "status" => await _state.ReportAsync(),
        "ask" => await new Questions(_cluster).AskAllAsync(
            command.Count("from"), command.Count("count"), command.Milliseconds("timeout", 5_000), command.Milliseconds("ceiling", 60_000)),
        "load" => BeginLoad(command),
        "load-end" => await EndLoadAsync(),
        "block" => Block(command),
        "unblock" => _system.ReliableRemote().PeerBlockList.UnblockSystem(command["id"]),
        "heap" => GC.GetTotalMemory(forceFullCollection: true),
        "stuck" => _system.Root.SpawnNamed(Props.FromProducer(() => new StuckActor(_released.Task)), StuckActor.Name).Id,
        "release" => _released.TrySetResult(),
        "fill" => await FillAsync(),
        "fill-end" => EndFill(),
        "lanes" => _lanes.Lanes(),
        "subscribe" => await _topics.SubscribeAsync(command["topic"], command.Count("count"), command.Milliseconds("pace", 0)),
        "publish" => await _topics.PublishAsync(
            command["topic"], command.Count("from"), command.Count("count"), command.Count("batch"), command.Count("payload", 0)),
        "received" => _topics.Received(command.Ranges("ranges")),
        "topic" => await _topics.WhereAsync(command["topic"]),
        _ => throw new FormatException($"'{command.Name}' is no command of this member."),
    };

    private void SayIfOwn(MemberBlocked blocked)
    {
        if (blocked.MemberId == _system.Id)
        {
            _announcer.Say("put-out", ("why", blocked.Reason), ("at", CounterActor.Now));
        }
    }

    private JsonNode BeginLoad(Command command)
    {
        _asking = new CancellationTokenSource();
        _load = new Questions(_cluster).KeepAskingAsync(
            command.Count("from"), command.Count("count"), command.Count("at-once"), command.Milliseconds("timeout", 5_000), _asking.Token);
        return true;
    }

    private async Task<JsonNode> EndLoadAsync()
    {
        await _asking!.CancelAsync();
        return await _load!;
    }

    private JsonNode Block(Command command)
    {
        var id = command["id"];
        if (command["list"] == "theirs")
        {
            BlockListAccess.Block(_system.Remote().BlockList, id);
            return true;
        }

        return _system.ReliableRemote().PeerBlockList.BlockSystem(id, "by command", command.Find("duration") is null ? null : command.Milliseconds("duration", 0));
    }

    private async Task<JsonNode> FillAsync()
    {
        await _lanes.FillAsync(_cluster.MemberList.GetOtherMembers().Select(member => member.Address), _filling.Token);
        return _lanes.Lanes();
    }

    private JsonNode EndFill()
    {
        _filling.Cancel();
        return true;
    }
}
