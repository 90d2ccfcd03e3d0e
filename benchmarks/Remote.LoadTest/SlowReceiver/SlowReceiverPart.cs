using System.Text.Json;
using Proto;

namespace Remote.LoadTest;

/// <summary>What the receiving process says after the run.</summary>
internal sealed record SlowReceiverReport(PairVerdict Verdict, long DeadLetters, double PeakMiB, IReadOnlyList<Sample> Samples);

/// <summary>The receiving process of <c>slow-receiver</c>: a slow actor, a fast one, and one that sets the pace of the slow one.</summary>
internal sealed class SlowReceiverPart(SlowPlan plan) : IPart
{
    public const string Name = "slow-receiver-receiver";

    /// <summary>The commands of both processes: the memory before the flood, and what there was of it afterwards.</summary>
    public const string Idle = "idle", Report = "report";

    private PartNode? _node;
    private SlowActor? _slow;
    private PID? _slowPid;
    private Sampler? _sampler;
    private long _workMicros = plan.WorkMicros;

    public async Task<string> StartAsync()
    {
        _node = await StartNodeAsync(plan);
        _slow = new SlowActor(plan.Messages, () => TimeSpan.FromMicroseconds(Interlocked.Read(ref _workMicros)));
        _slowPid = _node.System.Root.SpawnNamed(Props.FromProducer(() => _slow), SlowPlan.Slow);
        _node.System.Root.SpawnNamed(Props.FromFunc(SetPace), SlowPlan.Pace);
        _sampler = new Sampler(() => (_node.Remote.GetEndpoints().Sum(endpoint => endpoint.Received) - _slow.Taken, 0));
        return _node.Remote.Address;
    }

    /// <summary>A node as all receivers are, with its fast actor.</summary>
    public static async Task<PartNode> StartNodeAsync(SlowPlan plan)
    {
        var node = await PartNode.StartAsync(options => options.Inbound.MaxMessages = plan.Credit);
        node.System.Root.SpawnNamed(Props.FromFunc(_ => Task.CompletedTask), SlowPlan.Fast);
        return node;
    }

    public async Task<string?> AnswerAsync(string command)
    {
        switch (command)
        {
            case Idle:
                _sampler!.Start();
                return JsonSerializer.Serialize(Memory.ResidentMiB);
            case Report:
                // Behind everything that waits in the mailbox.
                var verdict = await _node!.System.Root.RequestAsync<PairVerdict>(_slowPid!, AskVerdict.Instance, plan.Ceiling);
                return JsonSerializer.Serialize(new SlowReceiverReport(verdict, _node.DeadLetters, Memory.PeakMiB, await _sampler!.StopAsync()));
            default:
                return Describe().ReplaceLineEndings(" | ");
        }
    }

    public string Describe() => $"{Name} {_slow?.Taken} taken, {_node?.Describe()}";

    public async ValueTask DisposeAsync()
    {
        if (_node is not null)
        {
            await _node.DisposeAsync();
        }
    }

    private Task SetPace(IContext context)
    {
        if (context.Message is Progress pace)
        {
            Interlocked.Exchange(ref _workMicros, pace.Received);
        }

        return Task.CompletedTask;
    }
}

/// <summary>The process of the other peers: nodes that are fast.</summary>
internal sealed class OtherPeersPart(SlowPlan plan) : IPart
{
    public const string Name = "slow-receiver-others";

    private readonly List<PartNode> _nodes = [];

    public async Task<string> StartAsync()
    {
        for (var i = 0; i < SlowPlan.OtherPeers; i++)
        {
            _nodes.Add(await SlowReceiverPart.StartNodeAsync(plan));
        }

        return string.Join(',', _nodes.Select(node => node.Remote.Address));
    }

    public Task<string?> AnswerAsync(string command) => Task.FromResult<string?>(Describe().ReplaceLineEndings(" | "));

    public string Describe() => string.Join('\n', _nodes.Select(node => node.Describe()));

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }
}
