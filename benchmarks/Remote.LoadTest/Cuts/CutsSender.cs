using System.Diagnostics;
using System.Text.Json;
using Proto;

namespace Remote.LoadTest;

/// <summary>What the sending process of <c>cuts</c> says after the run.</summary>
/// <param name="Sent">Messages that the lane has taken.</param>
/// <param name="Seconds">Until the last one was acknowledged.</param>
/// <param name="Problem">What went wrong, if anything did.</param>
internal sealed record CutsSenderReport(long Sent, double Seconds, string? Problem);

/// <summary>The sending process of <c>cuts</c>: a node with one sending actor for each pair.</summary>
internal sealed class CutsSender(CutsPlan plan) : IPart
{
    public const string Name = "cuts-sender";

    /// <summary>The command to send everything and wait until it is acknowledged.</summary>
    public const string Send = "send";

    /// <summary>Tells that a cut was made; not answered.</summary>
    public const string CutMade = "cut";

    /// <summary>Small enough that the senders wait for room all the time, and that there is always more to send.</summary>
    private const int QueueCapacity = 10_000;

    private readonly SendGate _gate = new(plan);
    private PartNode? _node;

    public async Task<string> StartAsync()
    {
        _node = await PartNode.StartAsync(options =>
        {
            options.Endpoint.QueueCapacity = QueueCapacity;
            options.Heartbeat.Interval = CutsPlan.HeartbeatInterval;
            options.Reconnect = new ReconnectOptions { MaxAttempts = 0, InitialDelay = TimeSpan.FromMilliseconds(5), MaxDelay = TimeSpan.FromMilliseconds(50) };

            // A stall shows by the ceiling of the run and with the statistics of both sides, not as one refused message.
            options.SendTimeout = plan.Ceiling;
        });
        await _node.Remote.WaitForConnectionAsync(plan.Proxy);
        return _node.Remote.Address;
    }

    public async Task<string?> AnswerAsync(string command)
    {
        if (command == CutMade)
        {
            _gate.CutMade();
            return null;
        }

        if (command != Send)
        {
            return Describe().ReplaceLineEndings(" | ");
        }

        using var timeout = new CancellationTokenSource(plan.Ceiling);
        var start = Stopwatch.GetTimestamp();
        var problem = await SendAsync(timeout.Token);
        var statistics = _node!.Remote.GetEndpointStatistics(plan.Proxy);
        return JsonSerializer.Serialize(new CutsSenderReport(statistics?.Accepted ?? 0, Stopwatch.GetElapsedTime(start).TotalSeconds, problem));
    }

    public string Describe() => $"{Name} {_node?.Describe()}";

    public async ValueTask DisposeAsync()
    {
        if (_node is not null)
        {
            await _node.DisposeAsync();
        }
    }

    private async Task<string?> SendAsync(CancellationToken timeout)
    {
        var root = _node!.System.Root;
        var senders = Enumerable.Range(0, plan.Pairs).Select(pair =>
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var target = new PID(plan.Proxy, CutsPlan.TargetName(pair));
            root.Send(root.Spawn(Props.FromProducer(() => new SenderActor(target, plan.MessagesOf(pair), _gate, done))), BeginSending.Instance);
            return done.Task;
        }).ToList();
        try
        {
            await Task.WhenAll(senders).WaitAsync(timeout);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return $"{senders.Count(sender => !sender.IsCompleted)} of {plan.Pairs} senders still wait for room after {plan.Ceiling.TotalSeconds:0} s.";
        }
        catch (Exception exception)
        {
            return $"A message was refused: {exception.Message}";
        }

        return !await _node.SettleAsync(plan.Proxy, timeout) ? $"Not everything was acknowledged after {plan.Ceiling.TotalSeconds:0} s."
            : _node.DeadLetters > 0 ? $"{_node.DeadLetters} dead letters, the first: {_node.FirstDeadLetter}."
            : null;
    }
}
