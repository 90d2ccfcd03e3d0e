namespace Remote.Tests.Links.Model;

/// <summary>The receiving node: the product's table, receiver and window, and mailboxes that are a list.</summary>
internal sealed class ModelAcceptor
{
    internal const int WindowMessages = 12;
    internal const int WindowBytes = 200;
    private const int PriorityMessages = 4;
    private const int PriorityBytes = 20;
    private const string Dialler = "dialler";

    private readonly List<SimStream> _streams = [];
    private readonly Queue<(CreditWindow Window, int Number, int Size)> _mailbox = new();
    private readonly List<InboundLinkState> _ended = [];

    // The model of the table: known links, and since when they have had no stream.
    private readonly Dictionary<LinkId, TimeSpan?> _known = [];
    private readonly Dictionary<LinkId, TimeSpan> _over = [];
    private readonly Dictionary<InboundLinkState, (CreditWindow User, CreditWindow Priority)> _windows = [];
    private LinkTable _table = null!;
    private TimeSpan _now;
    private int _incarnation;

    private readonly Corners _corners;

    internal ModelAcceptor(Corners corners)
    {
        _corners = corners;
        Restart();
    }

    internal string SystemId => $"acceptor{_incarnation}";

    /// <summary>Every user message that reached a mailbox, in the order in which it did.</summary>
    internal List<int> Received { get; } = [];

    internal bool IsIdle => _mailbox.Count == 0;

    /// <summary>A new process: nothing of the former is left.</summary>
    internal void Restart()
    {
        _incarnation++;
        _table = new LinkTable(SystemId, LinkKit.TableLimits);
        _known.Clear();
        _over.Clear();
        _mailbox.Clear();
        _windows.Clear();
        foreach (var stream in _streams)
        {
            stream.AcceptorGone = true;
            stream.ToDialler.Enqueue(new SimStream.End(ByVerdict: false));
        }

        _streams.Clear();
    }

    internal void Wait(TimeSpan time)
    {
        _now += time;
        _table.Expire(_now, _ended);
        foreach (var (id, lost) in _known)
        {
            if (_now - lost >= LinkKit.TableLimits.Retention)
            {
                Forget(id);
                _corners.See(Corner.Expired);
            }
        }

        Assert.Equal(_known.Count, _table.Count);
    }

    internal void Shake(SimStream stream)
    {
        var opening = _table.Open(stream.Offer, Dialler, "name", stream, _now, _ended);
        CheckOpening(opening.Open, stream.Offer);
        _corners.See(Enum.Parse<Corner>(opening.Open.ToString()));
        stream.Link = opening.Link;
        switch (opening.Open)
        {
            case LinkOpen.New:
                foreach (var id in _known.Keys)
                {
                    // The same system reached us by the same name: its former link is over.
                    Forget(id);
                }

                _windows.Add(opening.Link!, (new CreditWindow(WindowMessages, WindowBytes), new CreditWindow(PriorityMessages, PriorityBytes)));
                Serve(stream, LinkStatus.New);
                break;
            case LinkOpen.Resumed:
                Serve(stream, LinkStatus.Resumed);
                break;
            case LinkOpen.TakeOver:
                // The former stream is aborted; its reader goes on with what it has until it notices: AcceptorCut.
                _streams.Add(stream);
                break;
            case LinkOpen.Unknown:
                stream.ToDialler.Enqueue(new SimStream.Answer(new LinkAnswer(LinkStatus.Unknown, 0, default, LinkKit.Limits, null), SystemId));
                stream.AcceptorGone = true;
                break;
            default:
                stream.ToDialler.Enqueue(new SimStream.Refused(opening.Open));
                stream.AcceptorGone = true;
                break;
        }
    }

    internal void Arrive(int which)
    {
        var served = _streams.Where(stream => stream.IsServed && stream.ToAcceptor.Count > 0).ToList();
        if (served.Count == 0)
        {
            return;
        }

        var stream = served[which % served.Count];
        Assert.Same(stream, stream.Link!.Owner);
        if (stream.ToAcceptor.Dequeue() is byte[] frame)
        {
            Receive(stream, ModelBatch.Read(frame));
            return;
        }

        // A leave is only sent when everything was acknowledged.
        _corners.See(Corner.Leave);
        Assert.True(_table.End(stream.Link, _now));
        Forget(stream.Offer.Id);
        End(stream, byVerdict: false);
    }

    internal void SendAck(int which)
    {
        var served = _streams.Where(stream => stream.IsServed).ToList();
        if (served.Count > 0)
        {
            var stream = served[which % served.Count];
            var (user, priority) = _windows[stream.Link!];
            stream.ToDialler.Enqueue(new LinkAck(stream.Link!.Receiver.TakeAck(), user.Announce()) { Priority = priority.Announce() });
        }
    }

    internal void Take(int count)
    {
        while (count-- >= 0 && _mailbox.TryDequeue(out var message))
        {
            message.Window.Return(1, message.Size);
        }
    }

    /// <summary>A stream ends here: because the other end is gone, because another takes its link over, or for no reason.</summary>
    internal void Cut(int which)
    {
        if (_streams.Count > 0)
        {
            End(_streams[which % _streams.Count], byVerdict: false);
        }
    }

    /// <summary>Notices everything that is over.</summary>
    internal void CutDead()
    {
        foreach (var stream in _streams.Where(stream => stream.DiallerGone).ToList())
        {
            End(stream, byVerdict: false);
        }
    }

    private void CheckOpening(LinkOpen open, LinkOffer offer)
    {
        var isKnown = _known.TryGetValue(offer.Id, out _);
        var otherLives = _known.Any(entry => !entry.Key.Equals(offer.Id) && entry.Value is null);
        if (offer.ExpectedSystemId is { } expected && expected != SystemId)
        {
            Assert.Equal(LinkOpen.Unknown, open);
        }
        else if (isKnown)
        {
            Assert.True(open is LinkOpen.Resumed or LinkOpen.TakeOver or LinkOpen.Stale, $"{open} for a known link");
        }
        else
        {
            var isOver = _over.TryGetValue(offer.Id, out var at) && _now - at < LinkKit.TableLimits.Retention;
            Assert.Equal(offer.Established || isOver ? LinkOpen.Unknown : otherLives ? LinkOpen.LiveElsewhere : LinkOpen.New, open);
        }
    }

    private void Forget(LinkId id)
    {
        _known.Remove(id);
        _over[id] = _now;
    }

    private void Serve(SimStream stream, LinkStatus status)
    {
        if (!_streams.Contains(stream))
        {
            _streams.Add(stream);
        }

        _known[stream.Offer.Id] = null;
        stream.IsServed = true;
        var (user, priority) = _windows[stream.Link!];
        var answer = new LinkAnswer(status, stream.Link!.Receiver.NextExpected, user.Announce(), LinkKit.Limits) { Priority = priority.Announce() };
        stream.ToDialler.Enqueue(new SimStream.Answer(answer, SystemId));
    }

    private void Receive(SimStream stream, ModelBatch batch)
    {
        if (batch.IsPoison)
        {
            _corners.See(Corner.Poison);

            // A frame that breaks its reader is never accepted.
            End(stream, byVerdict: true);
            return;
        }

        if (stream.DiallerGone)
        {
            _corners.See(Corner.LateFrame);
        }

        // The handshake says where to go on, and no reader outlives it: honest nodes neither skip nor repeat.
        Assert.Equal(LinkJudgement.Accept, stream.Link!.Receiver.Judge(batch.Sequence));
        var window = batch.IsPriority ? _windows[stream.Link].Priority : _windows[stream.Link].User;
        foreach (var (number, size) in batch.Messages)
        {
            Assert.True(window.Charge(1, size, window.Granted), "An honest sender never passes its credit.");
            _mailbox.Enqueue((window, number, size));
            Received.Add(number);
        }

        stream.Link.Receiver.Delivered();
    }

    private void End(SimStream stream, bool byVerdict)
    {
        _streams.Remove(stream);
        stream.AcceptorGone = true;
        if (stream.ToAcceptor.OfType<SimStream.Leave>().Any())
        {
            _corners.See(Corner.LostLeave);
        }

        stream.ToAcceptor.Clear();
        stream.ToDialler.Enqueue(new SimStream.End(byVerdict));
        if (stream.Link is not { } link)
        {
            return;
        }

        if (link.Owner == stream && !link.IsEnded)
        {
            _known[stream.Offer.Id] = _now;
        }

        _table.Detach(link, stream, _now);
        foreach (var waiting in _streams.Where(other => other.Link == link && !other.IsServed).ToList())
        {
            if (_table.TryClaim(link, waiting.Offer.Attempt, waiting))
            {
                _corners.See(Corner.Claimed);
                Serve(waiting, LinkStatus.Resumed);
            }
            else if (link.Owner is not null || waiting.Offer.Attempt < link.Attempt)
            {
                _streams.Remove(waiting);
                waiting.AcceptorGone = true;
                waiting.ToDialler.Enqueue(new SimStream.Refused(LinkOpen.Stale));
            }
        }
    }
}
