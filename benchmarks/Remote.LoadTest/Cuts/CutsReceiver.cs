using System.Text.Json;
using Proto;

namespace Remote.LoadTest;

/// <summary>The receiving process of <c>cuts</c>: a node with one checking actor for each pair.</summary>
internal sealed class CutsReceiver(CutsPlan plan) : IPart
{
    public const string Name = "cuts-receiver";

    /// <summary>The command to say what the targets got.</summary>
    public const string Judge = "judge";

    private PartNode? _node;
    private PID[] _targets = [];

    public async Task<string> StartAsync()
    {
        // Dialled by the address of the proxy.
        _node = await PartNode.StartAsync(options =>
        {
            options.Aliases.Add(plan.Proxy);
            options.Heartbeat.Interval = CutsPlan.HeartbeatInterval;
        });
        _targets = [.. Enumerable.Range(0, plan.Pairs).Select(pair =>
            _node.System.Root.SpawnNamed(Props.FromProducer(() => new TargetActor(plan.MessagesOf(pair))), CutsPlan.TargetName(pair)))];
        return _node.Remote.Address;
    }

    public async Task<string?> AnswerAsync(string command)
    {
        if (command != Judge)
        {
            return Describe().ReplaceLineEndings(" | ");
        }

        var all = new PairVerdict(0, 0, 0, 0);
        foreach (var target in _targets)
        {
            all += await _node!.System.Root.RequestAsync<PairVerdict>(target, AskVerdict.Instance, plan.Ceiling);
        }

        return JsonSerializer.Serialize(all);
    }

    public string Describe() => $"{Name} {_node?.Describe()}";

    public async ValueTask DisposeAsync()
    {
        if (_node is not null)
        {
            await _node.DisposeAsync();
        }
    }
}
