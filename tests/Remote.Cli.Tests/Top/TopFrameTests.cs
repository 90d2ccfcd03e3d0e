using Google.Protobuf.WellKnownTypes;
using Wire = Remote.Protocol;

namespace Remote.Cli.Tests.Top;

/// <summary>What stands on the screen of <c>top</c>, without a terminal and without a node.</summary>
[Trait("Behaviour", "O-04")]
public sealed class TopFrameTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Rates_TwoUpdates_AreDifferencesByTheClockOfTheNode()
    {
        var before = Update(0, Peer("a:1", sent: 100, received: 10));
        var after = Update(2, Peer("a:1", sent: 300, received: 10, lost: 4), Peer("b:1", sent: 20));

        var rates = PeerRates.Between(before, after);

        Assert.Equal(new PeerRates(100, 0, 2), rates["a:1"]);
        Assert.Equal(new PeerRates(10, 0, 0), rates["b:1"]);
        Assert.Empty(PeerRates.Between(null, after));
    }

    [Fact]
    public void Rates_AnotherLifeOfTheNode_AreNone()
    {
        var after = Update(2, Peer("a:1", sent: 300));
        after.Node.SystemId = "another";

        Assert.Empty(PeerRates.Between(Update(0, Peer("a:1", sent: 100)), after));
    }

    [Theory]
    [InlineData("Out", "b:1 a:1 c:1")]
    [InlineData("In", "c:1 a:1 b:1")]
    [InlineData("Waiting", "a:1 b:1 c:1")]
    [InlineData("Lost", "c:1 a:1 b:1")]
    [InlineData("Credit", "c:1 a:1 b:1")]
    [InlineData("Peer", "a:1 b:1 c:1")]
    public void Rows_Sorted_StandInThatOrder(string sort, string order)
    {
        IReadOnlyList<NodeView> nodes = [View(
            Update(0, Peer("a:1"), Peer("b:1"), Peer("c:1")),
            Update(1, Peer("a:1", sent: 5, received: 5, waiting: 9), Peer("b:1", sent: 50), Peer("c:1", received: 50, lost: 7, credit: 1)))];

        var state = new TopState { Sort = System.Enum.Parse<TopSort>(sort) };

        Assert.Equal(order, string.Join(' ', PeerRow.Of(nodes, state).Select(static row => row.Info.Address)));
        Assert.Equal(
            order.Split(' ').Reverse(), PeerRow.Of(nodes, state with { IsReversed = true }).Select(static row => row.Info.Address));
    }

    [Fact]
    public void Keys_Choose_FollowThePeerAndNotThePlace()
    {
        var rows = PeerRow.Of([View(null, Update(0, Peer("a:1"), Peer("b:1"), Peer("c:1")))], new TopState { Sort = TopSort.Peer });
        var state = Press(Press(new TopState(), ConsoleKey.DownArrow, rows), ConsoleKey.DownArrow, rows);
        PeerRow[] turned = [.. rows.Reverse()];

        Assert.Equal(("node:1", "b:1"), state.Selected);
        Assert.Equal(("node:1", "a:1"), Press(state, ConsoleKey.DownArrow, turned).Selected);
        Assert.Equal(("node:1", "c:1"), Press(Press(state, ConsoleKey.DownArrow, rows), ConsoleKey.DownArrow, rows).Selected);
        Assert.Null(Press(state, ConsoleKey.Escape, rows).Selected);
    }

    [Fact]
    public void Keys_Letters_SortReversePauseHideAndQuit()
    {
        var state = new TopState { Sort = TopSort.Out };

        Assert.Equal(TopSort.In, Press(state, 's').Sort);
        Assert.Equal(TopSort.Lost, Press(state, 'S').Sort);
        Assert.Equal(TopSort.Peer, Press(state with { Sort = TopSort.Lost }, 'S').Sort);
        Assert.True(Press(state, 'r').IsReversed);
        Assert.True(Press(state, 'p').IsPaused);
        Assert.False(Press(Press(state, 'p'), 'p').IsPaused);
        Assert.False(Press(state, 'c').ShowsClosed);
        Assert.True(Press(state, 'q').HasEnded);
        Assert.Equal(state, Press(state, 'x'));
    }

    [Theory]
    [InlineData(80, 24)]
    [InlineData(40, 8)]
    [InlineData(200, 60)]
    public void Draw_AnySize_FitsAndEndsWithTheKeys(int width, int height)
    {
        IReadOnlyList<NodeView> nodes =
        [
            View(null, Update(0, [.. Enumerable.Range(0, 100).Select(i => Peer($"node{i}.a.very.long.domain.example:5070", lost: i))])),
            NodeView.Unknown("node:2").Failed(Failure.Unreachable("Nothing listens on node:2.", ""), Now.AddSeconds(-5)),
        ];
        var state = new TopState { Sort = TopSort.Peer };
        var rows = PeerRow.Of(nodes, state);
        state = state with { Selected = rows[80].Key };

        var lines = TopFrame.Draw(nodes, rows, state, Now, width, height);

        Assert.Equal(height, lines.Count);
        Assert.All(lines, line => Assert.True(line.Text.Length <= width, line.Text));
        Assert.Contains(lines, static line => line.Text.Contains("LOST for 5 s", StringComparison.Ordinal));
        if (height >= 24)
        {
            Assert.StartsWith("q quit", lines[^1].Text, StringComparison.Ordinal);
            Assert.Contains(lines, line => line.Text.StartsWith($"> 1 {rows[80].Info.Address[..10]}", StringComparison.Ordinal));
            Assert.Contains(lines, static line => line.Text.StartsWith("dead letters: QueueFull 4,950", StringComparison.Ordinal));
        }
    }

    /// <summary>For a file: an address that is cut cannot be given to another command.</summary>
    [Fact]
    public void Lines_WideEnough_CutNothing()
    {
        var client = $"$client/{new string('a', 32)}";
        var peer = Peer(client, lost: 1);
        peer.Outgoing.DeadLetters.Add(Enumerable.Range(0, 20).ToDictionary(static i => $"Reason{i}", static _ => 1L));
        IReadOnlyList<NodeView> nodes = [View(null, Update(0, peer, Peer("a:1")))];
        var rows = PeerRow.Of(nodes, new TopState());

        var lines = TopFrame.Lines(nodes, rows, new TopState(), Now, TopFrame.WidthFor(rows), height: 20);

        Assert.Contains(lines, line => line.Text.Contains($"{client} ", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.Text.EndsWith("Reason19 1", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, static line => line.Text.Contains('~', StringComparison.Ordinal));
    }

    [Fact]
    public void Draw_TextOfANode_HasNoControlSequences()
    {
        var peer = Peer("a:1");
        peer.LastError = "\u001b[2Jgone\u202e";
        IReadOnlyList<NodeView> nodes = [View(null, Update(0, peer))];
        var rows = PeerRow.Of(nodes, new TopState());

        var lines = TopFrame.Draw(nodes, rows, new TopState { Selected = rows[0].Key }, Now, 80, 24);

        Assert.Contains(lines, static line => line.Text.Contains("?[2Jgone?", StringComparison.Ordinal));
        Assert.All(lines, static line => Assert.DoesNotContain('\u001b', line.Text));
    }

    private static TopState Press(TopState state, char key) => state.Press(new ConsoleKeyInfo(key, ConsoleKey.None, false, false, false), []);

    private static TopState Press(TopState state, ConsoleKey key, IReadOnlyList<PeerRow> rows) =>
        state.Press(new ConsoleKeyInfo('\0', key, false, false, false), rows);

    private static NodeView View(Wire.StatisticsUpdate? before, Wire.StatisticsUpdate after)
    {
        var view = NodeView.Unknown("node:1");
        return (before is null ? view : view.With(before)).With(after);
    }

    private static Wire.StatisticsUpdate Update(int second, params Wire.EndpointInfo[] peers) => new()
    {
        Node = new() { Address = "node:1", SystemId = "one", Time = Now.AddSeconds(second).ToTimestamp(), Started = Now.AddHours(-1).ToTimestamp() },
        Endpoints = { peers },
        Total = peers.Length,
    };

    private static Wire.EndpointInfo Peer(string address, long sent = 0, long received = 0, long lost = 0, int waiting = 0, long credit = 100)
    {
        var peer = new Wire.EndpointInfo
        {
            Address = address,
            State = Wire.ConnectionState.Connected,
            Level = Wire.PressureLevel.Normal,
            UserLane = new() { Length = waiting, Capacity = 1_000 },
            Credit = new() { Messages = credit },
            Outgoing = new() { Acknowledged = sent },
            Incoming = new() { Received = received },
        };
        if (lost > 0)
        {
            peer.Outgoing.Refused["QueueFull"] = lost;
        }

        return peer;
    }
}
