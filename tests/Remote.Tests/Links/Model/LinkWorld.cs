namespace Remote.Tests.Links.Model;

/// <summary>Two nodes and the network between them, moved step by step.</summary>
internal sealed class LinkWorld(Corners corners) : IDisposable
{
    // Enough for every retained batch to be sent, refused twice and sent again, many times over.
    private const int MaxRounds = 2000;

    private readonly ModelDialler _dialler = new(corners);
    private readonly ModelAcceptor _acceptor = new(corners);
    private readonly List<SimStream> _handshakes = [];

    internal IReadOnlyDictionary<int, string> DeadLetters => _dialler.DeadLetters;

    internal void Do(LinkStep step)
    {
        var number = step.Number;
        switch (step.Action)
        {
            case LinkAction.Send: _dialler.Send(number, poison: false); break;
            case LinkAction.SendPriority: _dialler.SendPriority(number); break;
            case LinkAction.SendPoison: _dialler.Send(0, poison: true); break;
            case LinkAction.SendControl: _dialler.SendControl(); break;
            case LinkAction.Encode: _dialler.Encode(number); break;
            case LinkAction.Write: _dialler.Write(); break;
            case LinkAction.Written: _dialler.Written(); break;
            case LinkAction.Read: _dialler.Read(); break;
            case LinkAction.RepeatAck: _dialler.RepeatAck(number); break;
            case LinkAction.DiallerCut: _dialler.Cut(number); break;
            case LinkAction.Close: _dialler.Close(ModelDialler.Closed); break;
            case LinkAction.Leave: _dialler.Leave(); break;
            case LinkAction.Dial: Dial(); break;
            case LinkAction.HandshakeArrives: Shake(number); break;
            case LinkAction.Arrive: _acceptor.Arrive(number); break;
            case LinkAction.SendAck: _acceptor.SendAck(number); break;
            case LinkAction.Take: _acceptor.Take(number); break;
            case LinkAction.AcceptorCut: _acceptor.Cut(number); break;
            case LinkAction.RestartAcceptor: _acceptor.Restart(); break;
            case LinkAction.Wait: Wait(TimeSpan.FromSeconds(10 * number)); break;
            default: throw new ArgumentOutOfRangeException(nameof(step));
        }

        _dialler.CheckLedger();
    }

    /// <summary>From here on nothing goes wrong: everything must come to its end.</summary>
    internal void Settle()
    {
        for (var round = 0; !(_dialler.IsDone && _acceptor.IsIdle); round++)
        {
            Assert.True(round < MaxRounds, $"stuck: {_dialler.State()}");
            _acceptor.CutDead();
            if (!_dialler.HasStream)
            {
                Dial();
            }

            while (_handshakes.Count > 0)
            {
                Shake(0);
            }

            _acceptor.CutDead();
            LinkAction[] turn = [LinkAction.Read, LinkAction.Encode, LinkAction.Write, LinkAction.Written, LinkAction.Arrive, LinkAction.Take, LinkAction.SendAck, LinkAction.Read];
            foreach (var action in turn)
            {
                Do(new LinkStep(action, 4));
            }
        }
    }

    /// <summary>What the contract promises, message by message.</summary>
    internal void CheckContract()
    {
        Assert.Equal(_dialler.Accepted, _dialler.Acknowledged + _dialler.DeadLetters.Count);
        foreach (var kind in _acceptor.Received.GroupBy(_dialler.PriorityMessages.Contains).Select(kind => kind.ToList()))
        {
            // Priority messages may overtake others, and no message its own kind.
            for (var index = 1; index < kind.Count; index++)
            {
                Assert.True(kind[index - 1] < kind[index], "Doubled or out of order.");
            }
        }

        var received = _acceptor.Received.ToHashSet();
        for (var number = 1; number <= _dialler.Accepted; number++)
        {
            var reason = _dialler.DeadLetters.GetValueOrDefault(number);
            if (reason != ModelDialler.Unknown)
            {
                Assert.True(received.Contains(number) == (reason is null), $"{number}: {reason ?? "no dead letter"}, received {received.Contains(number)}");
            }
        }
    }

    public void Dispose() => _dialler.Dispose();

    private void Dial()
    {
        if (_dialler.Dial() is { } stream)
        {
            _handshakes.Add(stream);
        }
    }

    /// <summary>A handshake is under way for no longer than a connection is set up; the links themselves are kept for longer than that.</summary>
    private void Wait(TimeSpan time)
    {
        if (time >= LinkKit.TableLimits.Retention)
        {
            _handshakes.RemoveAll(stream => stream.DiallerGone);
        }

        _acceptor.Wait(time);
    }

    private void Shake(int which)
    {
        if (_handshakes.Count > 0)
        {
            var stream = _handshakes[which % _handshakes.Count];
            _handshakes.Remove(stream);
            _acceptor.Shake(stream);
        }
    }
}
