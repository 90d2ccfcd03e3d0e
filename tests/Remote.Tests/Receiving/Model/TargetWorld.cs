namespace Remote.Tests.Links;

/// <summary>What a case may run into. A generator that never gets there proves nothing.</summary>
internal enum TargetCorner
{
    Paused, PausedAgain, GoesOn, Loan, CutWhilePaused, WaiterWhilePaused, SendRefused, SentAgain, EndedWhilePaused,
}

/// <summary>A sender, a receiver with some actors, and the stream between them, moved step by step.</summary>
internal sealed class TargetWorld(TargetCase drawn, Dictionary<TargetCorner, int> corners)
{
    private const string Slow = "slow";
    private const int MaxRounds = 300;

    private readonly TargetReceiver _receiver = new(drawn.WindowBytes);
    private readonly TargetSender _sender = new(drawn.Policy, new LinkCredit(TargetReceiver.Window, drawn.WindowBytes));
    private readonly Queue<TargetBatch> _out = new();
    private readonly Queue<object> _back = new();
    private readonly HashSet<string> _paused = [];
    private readonly HashSet<string> _everPaused = [];

    private static IEnumerable<string> Neighbours { get; } = [.. Enumerable.Range(1, TargetCase.Targets - 1).Select(Name)];

    internal void Do(TargetStep step)
    {
        var target = Name(step.Target);
        for (var time = 0; time < step.Count; time++)
        {
            switch (step.Action)
            {
                case TargetAction.Send: See(TargetCorner.SendRefused, !_sender.Send(target)); break;
                case TargetAction.SendAsync: _sender.SendAsync(target); break;
                case TargetAction.Write: Write(); break;
                case TargetAction.Arrive: Arrive(); break;
                case TargetAction.Take: _receiver.Take(target, step.Count); break;
                case TargetAction.Tell: Tell(); break;
                case TargetAction.Hear: Hear(); break;
            }
        }

        switch (step.Action)
        {
            case TargetAction.End: End(target); break;
            case TargetAction.Cut: Cut(); break;
        }

        See(TargetCorner.Loan, _receiver.IsLoanInUse);
        See(TargetCorner.WaiterWhilePaused, _sender.HasWaiters && _paused.Count > 0);
        _sender.Check();
        _receiver.Check(isToldAll: false);
    }

    /// <summary>The slow one takes nothing at all: its neighbours get all that is for them, however much is offered to the slow one.</summary>
    internal void SettleNeighbours()
    {
        for (var round = 0; round < 3; round++)
        {
            Do(new TargetStep(TargetAction.Send, 0, 2 * TargetReceiver.Window));
            Do(new TargetStep(TargetAction.SendAsync, 0, 1));
            foreach (var index in Enumerable.Range(1, TargetCase.Targets - 1))
            {
                Do(new TargetStep(TargetAction.SendAsync, index, 2));
            }

            Settle(Neighbours, "its neighbours wait while one target stands still");
        }
    }

    /// <summary>All actors work: nothing waits any more anywhere, and nothing is left of what was said.</summary>
    internal void SettleAll()
    {
        Settle([Slow, .. Neighbours], "not everything came to its actor");
        Turn([]);
        Assert.True(_sender.IsCalm, $"The sender waits for what nobody will say; paused: {string.Join(", ", _paused)}.");
        _receiver.CheckCalm();
        foreach (var (target, numbers) in _sender.Accepted)
        {
            Assert.Equal(numbers, _receiver.Received.GetValueOrDefault(target, []));
        }
    }

    private static string Name(int index) => index == 0 ? Slow : $"t{index}";

    private void Settle(IEnumerable<string> targets, string failure)
    {
        for (var round = 0; targets.Any(IsPending); round++)
        {
            Assert.True(round < MaxRounds, $"After {MaxRounds} rounds {failure}.");
            Turn(targets);
        }
    }

    private void Turn(IEnumerable<string> working)
    {
        Do(new TargetStep(TargetAction.Write, 0, 3));
        Do(new TargetStep(TargetAction.Arrive, 0, 3));
        foreach (var target in working)
        {
            _receiver.Take(target, 3);
        }

        Tell();
        while (_back.Count > 0)
        {
            Hear();
        }

        _receiver.Check(isToldAll: true);
    }

    private bool IsPending(string target) => _sender.Accepted.GetValueOrDefault(target, []).Count > _receiver.Taken(target);

    private void Write()
    {
        if (_sender.Write() is { } batch)
        {
            _out.Enqueue(batch);
        }
    }

    private void Arrive()
    {
        if (_out.TryDequeue(out var batch))
        {
            _receiver.Arrive(batch);
        }
    }

    private void Tell()
    {
        foreach (var said in _receiver.Tell())
        {
            _back.Enqueue(said is LinkCredit credit ? (_receiver.LastSequence, credit) : said);
        }
    }

    private void Hear()
    {
        switch (_back.TryDequeue(out var said) ? said : null)
        {
            case (int accepted, LinkCredit credit):
                _sender.Hear(accepted, credit);
                break;
            case TargetNotice notice:
                _sender.Hear(notice);
                Note(notice.TargetId, notice.IsPaused);
                break;
        }
    }

    private void Note(string target, bool isPaused)
    {
        See(TargetCorner.PausedAgain, isPaused && _everPaused.Contains(target) && !_paused.Contains(target));
        See(TargetCorner.Paused, isPaused);
        See(TargetCorner.GoesOn, !isPaused && _paused.Remove(target));
        if (isPaused)
        {
            _paused.Add(target);
            _everPaused.Add(target);
        }
    }

    private void End(string target)
    {
        See(TargetCorner.EndedWhilePaused, _paused.Contains(target));
        _receiver.End(target);
    }

    private void Cut()
    {
        See(TargetCorner.CutWhilePaused, _paused.Count > 0);
        _out.Clear();
        _back.Clear();
        _paused.Clear();
        _receiver.BeginStream();
        foreach (var batch in _sender.Resume(_receiver.LastSequence, _receiver.AnnounceInHandshake()))
        {
            See(TargetCorner.SentAgain, true);
            _out.Enqueue(batch);
        }
    }

    private void See(TargetCorner corner, bool isThere) => corners[corner] = corners.GetValueOrDefault(corner) + (isThere ? 1 : 0);
}
