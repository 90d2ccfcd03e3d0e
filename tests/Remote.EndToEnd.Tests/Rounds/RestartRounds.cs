using Proto;
using Remote.TestNode;

namespace Remote.EndToEnd.Tests;

/// <summary>One peer address, a load on it, and one peer process after the other that is killed in the middle of it.</summary>
internal sealed class RestartRounds : IAsyncDisposable
{
    private const int Questions = 20;

    private readonly TestCoordinator _node;
    private readonly bool _isGivenUp;
    private readonly PeerPlace _place = PeerPlace.Next();
    private readonly TemporaryFolder _folder = new();
    private readonly Random _random = new((int)TestSeed.Value);
    private readonly PID _sink;
    private readonly DeadLetterBook _letters;
    private readonly QuestionHolder _holder;
    private RestartLoad _load = null!;
    private PeerProcess _peer = PeerProcess.Start(life: 1);
    private int _asked;

    private RestartRounds(TestCoordinator node, bool isGivenUp)
    {
        _node = node;
        _isGivenUp = isGivenUp;
        _sink = new PID(_place.Address, SinkActor.Name);
        _letters = new DeadLetterBook(node.System, _place.Address);
        _holder = new QuestionHolder(node);
    }

    /// <param name="restarts">How many.</param>
    /// <param name="isGivenUp">Whether each peer is given up before its successor starts, so that the address has no endpoint meanwhile.</param>
    /// <returns>Figures for a person.</returns>
    public static async Task<string> RunAsync(int restarts, bool isGivenUp)
    {
        var node = await TestCoordinator.StartAsync(options =>
        {
            options.QuarantineDuration = TimeSpan.FromTicks(1);
            options.Reconnect.InitialDelay = TimeSpan.FromMilliseconds(5);
            options.Reconnect.MaxDelay = TimeSpan.FromMilliseconds(20);
            options.Reconnect.MaxAttempts = isGivenUp ? 2 : 0;
        });
        await using var rounds = new RestartRounds(node, isGivenUp);
        try
        {
            await rounds.BeginAsync();
            for (var life = 1; life <= restarts; life++)
            {
                await rounds.RestartAsync();
            }

            return await rounds.FinishAsync();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException(
                $"Life {rounds._peer.Life}, seed {TestSeed.Value}: {exception.Message}\nThe peer: {rounds._peer.Describe()}", exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_load is not null)
        {
            await _load.DisposeAsync();
        }

        await _peer.DisposeAsync();
        await _node.DisposeAsync();
        _folder.Dispose();
    }

    private async Task BeginAsync()
    {
        await ListenAsync(_peer);
        await _peer.AskAsync(_node.Address, _holder.Pid.Id, Questions);
        await _holder.WhenHeldAsync(Questions).Within("the questions of the first life");
        _load = new RestartLoad(_node, _sink);
    }

    private async Task RestartAsync()
    {
        var next = PeerProcess.Start(_peer.Life + 1);
        try
        {
            // 1. Somewhere in the middle of the load. From the moment of the kill on a message may reach this life or the next.
            await _load.WhenTakenAsync(_peer.Life, _random.Next(2_000, 20_000)).Within($"life {_peer.Life} under load");
            _load.Begin(_peer.Life, next.Life);
            var terminated = _node.Events.Of<EndpointTerminated>().Count;
            var reconnecting = _node.Events.Of<EndpointReconnecting>().Count;
            await _peer.KillAsync();

            // 2. What is asked while the loss is known and the successor is not there yet was asked of the former life.
            await _node.Events.WaitForCountAsync<EndpointReconnecting>(reconnecting + 1, Waiting.Ceiling);
            var lost = _isGivenUp ? null : AskAsync();
            if (_isGivenUp)
            {
                await ExpectEndAsync(terminated, EndpointTerminatedReason.Unreachable);
            }

            await ListenAsync(next);
            if (lost is not null)
            {
                await ExpectEndAsync(terminated, EndpointTerminatedReason.IncarnationEnded);
                await ExpectFailureAsync(lost);
            }
        }
        catch
        {
            await next.DisposeAsync();
            throw;
        }

        await _peer.DisposeAsync();
        _peer = next;

        // 3. Recovery: the endpoint leads to the new life, and nothing that is sent from now on may reach another.
        await RecoverAsync();
        _load.Begin(_peer.Life, _peer.Life);
        await CheckQuestionsAsync();
    }

    private Task ListenAsync(PeerProcess peer) => peer.ListenAsync(_place, $"retry=10 pace={_node.Address} ledger={_folder.Of("ledger")}");

    private Task<Answer> AskAsync()
    {
        _asked++;
        return _node.AskAsync(_sink, _peer.Life, _asked);
    }

    private async Task RecoverAsync()
    {
        while (true)
        {
            try
            {
                var answer = await AskAsync();
                Assert.Equal((_peer.Life, _asked), (answer.AnsweredBy, answer.Number));
                return;
            }
            catch (DeadLetterException) when (_isGivenUp)
            {
                // The load had the address dialled before the new life listened, and that endpoint ended: the next one leads to it.
            }
        }
    }

    /// <summary>The first end of the endpoint after those counted before has this reason.</summary>
    private async Task ExpectEndAsync(int before, EndpointTerminatedReason reason)
    {
        var ended = (await _node.Events.WaitForCountAsync<EndpointTerminated>(before + 1, Waiting.Ceiling))[before];
        Assert.Equal((_place.Address, reason), (ended.Address, ended.Reason));
    }

    private async Task ExpectFailureAsync(Task<Answer> lost)
    {
        await Assert.ThrowsAsync<DeadLetterException>(() => lost.Within("a request that a former life did not answer"));
        Assert.Equal(nameof(DeadLetterReason.IncarnationEnded), await _letters.NextQuestionAsync());
    }

    /// <summary>
    /// The questions of the former life are answered now, too late, and those of the new life after them: each answer must find its own question.
    /// Then the new life asks what only its successor's time will answer.
    /// </summary>
    private async Task CheckQuestionsAsync()
    {
        await _peer.AskAsync(_node.Address, _holder.Pid.Id, Questions);
        await _holder.WhenHeldAsync(2 * Questions).Within("the questions of a new life");
        _holder.Answer(2 * Questions);
        Assert.Equal(Questions, await _peer.AskedAsync());
        Assert.Equal(0, await _peer.StraysAsync(Questions));
        await _peer.AskAsync(_node.Address, _holder.Pid.Id, Questions);
        await _holder.WhenHeldAsync(Questions).Within("the questions that are left open");
    }

    private async Task<string> FinishAsync()
    {
        await _load.WhenTakenAsync(_peer.Life, 1_000).Within("the last life under load");
        await _load.StopAsync();

        // After everything that was sent before it.
        await RecoverAsync();
        using var ledger = Ledger.Open(_folder.Of("ledger"));
        Assert.True(
            (ledger.WrongLife, ledger.Doubled, ledger.Disordered) == (0, 0, 0),
            $"{ledger.WrongLife} messages reached a life they were not meant for, {ledger.Doubled} came twice, {ledger.Disordered} out of order, for instance {ledger.LastFault}.");
        var statistics = _node.Remote.GetEndpointStatistics(_place.Address)!;
        CompareStatistics(statistics);
        var lost = CompareLoad(statistics, ledger);
        return $"{_load.Sent} messages: {ledger.Received} received, {lost} lost in mailboxes; dead letters {string.Join(", ", _letters.ByReason)}";
    }

    /// <summary>The endpoint's own account, against what was sent and what was published.</summary>
    private void CompareStatistics(EndpointStatistics statistics)
    {
        Assert.Equal(_load.Sent + _asked + _holder.Answered, statistics.Offered);
        Assert.Equal(statistics.Offered, statistics.Accepted + statistics.Refused.Values.Sum());
        Assert.Equal(statistics.Accepted, statistics.Acknowledged + statistics.Written + statistics.DeadLetters.Values.Sum() + statistics.Retained);
        var counted = statistics.Refused.Concat(statistics.DeadLetters).GroupBy(count => count.Key).ToDictionary(counts => counts.Key, counts => counts.Sum(count => count.Value));
        Assert.Equal(counted.OrderBy(count => count.Key, StringComparer.Ordinal), _letters.ByReason.OrderBy(count => count.Key, StringComparer.Ordinal));
        string[] ends = _isGivenUp ? ["EndpointClosed", "Quarantined", "IncarnationEnded", "DeliveryUnknown"] : ["IncarnationEnded", "DeliveryUnknown"];
        Assert.Subset(ends.ToHashSet(), counted.Keys.ToHashSet());
    }

    /// <summary>
    /// Each message of the load was received, or is a dead letter, or was in a mailbox of the life that was killed. Only a dead letter that says
    /// that nobody knows may have been received as well.
    /// </summary>
    private int CompareLoad(EndpointStatistics statistics, Ledger ledger)
    {
        Assert.Empty(_letters.Faults);
        var both = _load.Numbers.Where(number => ledger.IsReceived(number) && _letters.ReasonOf(number) is { } reason && reason != DeadLetterReason.DeliveryUnknown.Name).ToArray();
        Assert.True(both.Length == 0, $"{both.Length} messages were received and are dead letters, for instance {both.FirstOrDefault()}.");
        var lost = _load.Numbers.Count(number => !ledger.IsReceived(number) && _letters.ReasonOf(number) is null);
        Assert.InRange(lost, 0, statistics.Acknowledged + statistics.Unconfirmed);
        return lost;
    }
}
