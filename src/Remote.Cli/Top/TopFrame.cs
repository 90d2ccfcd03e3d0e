using System.Globalization;
using Wire = Remote.Protocol;

namespace Remote.Cli;

/// <summary>How a line stands out, where colours are welcome.</summary>
internal enum TopStyle
{
    Plain,
    Head,
    Selected,
    Warning,
    Bad,
    Faint,
}

/// <summary>One line of the screen.</summary>
internal readonly record struct TopLine(string Text, TopStyle Style = TopStyle.Plain);

/// <summary>What stands on the screen: pure, from what is known and what was chosen to lines that fit.</summary>
internal static class TopFrame
{
    private const string Keys = "q quit  p pause  s/S sort  r reverse  up/down peer  c closed";
    private const int NumberColumns = 52;
    private const int MostNodes = 8;
    private const int LeastPeer = 8;

    /// <summary>For a screen: nothing is wider than it.</summary>
    public static IReadOnlyList<TopLine> Draw(
        IReadOnlyList<NodeView> nodes, IReadOnlyList<PeerRow> rows, TopState state, DateTimeOffset now, int width, int height) =>
        [.. Lines(nodes, rows, state, now, width, height).Select(line => line with { Text = SafeText.Cut(line.Text, width) })];

    /// <summary>So wide that no address has to be cut.</summary>
    public static int WidthFor(IReadOnlyList<PeerRow> rows) => NumberColumns + 9 + rows.Select(static row => row.Info.Address.Length).Append(LeastPeer).Max();

    /// <summary>The same, not cut: what is longer than the width stays as long as it is.</summary>
    public static IReadOnlyList<TopLine> Lines(
        IReadOnlyList<NodeView> nodes, IReadOnlyList<PeerRow> rows, TopState state, DateTimeOffset now, int width, int height)
    {
        List<TopLine> lines = [Title(nodes, rows, state, now)];
        lines.AddRange(nodes.Take(MostNodes).Select((node, i) => Line(node, i + 1, nodes.Count > 1, now)));
        lines.Add(new TopLine(""));
        lines.Add(Head(nodes.Count > 1, width));
        List<TopLine> below = [.. Letters(nodes), .. Details(rows, state, now, width), new TopLine(Keys, TopStyle.Faint)];
        var room = Math.Max(0, height - lines.Count - below.Count);
        lines.AddRange(Rows(rows, state, nodes.Count > 1, width, room));
        while (lines.Count < height - below.Count)
        {
            lines.Add(new TopLine(""));
        }

        lines.AddRange(below);
        return [.. lines.Take(height).Select(static line => line with { Text = SafeText.Of(line.Text) })];
    }

    private static TopLine Title(IReadOnlyList<NodeView> nodes, IReadOnlyList<PeerRow> rows, TopState state, DateTimeOffset now)
    {
        var what = nodes.Count == 1 ? nodes[0].Address : $"{nodes.Count} nodes";
        var order = $"{state.Sort.ToString().ToLowerInvariant()}{(state.IsReversed ? ", reversed" : "")}";
        return new($"remote top  {now:HH:mm:ss}  {what}  {(rows.Count == 1 ? "1 peer" : $"{rows.Count} peers")}  sorted by {order}{(state.IsPaused ? "  PAUSED" : "")}", TopStyle.Head);
    }

    private static TopLine Line(NodeView node, int number, bool isNumbered, DateTimeOffset now)
    {
        var head = isNumbered ? $"{number} {node.Address}" : node.Address;
        if (node.Failure is { } failure)
        {
            return new($"{head}  LOST for {Numbers.Span(now - node.Since)}: {failure.What}", TopStyle.Bad);
        }

        if (node.Update?.Node is not { } info)
        {
            return new($"{head}  not there yet");
        }

        var denied = (info.Denied?.Peers ?? 0) + (info.Denied?.Closed ?? 0) + (info.Denied?.Operations.Values.Sum() ?? 0);
        return new(
            $"{head}  up {Numbers.Span(info.Time.ToDateTimeOffset() - info.Started.ToDateTimeOffset())}  cpu {node.CpuPercent:0} %  "
            + $"mem {Numbers.Bytes(info.Process?.WorkingSetBytes ?? 0)}  in {info.IncomingStreams}  denied {Numbers.Short(denied)}{(info.Stopping ? "  STOPPING" : "")}",
            info.Stopping ? TopStyle.Warning : TopStyle.Plain);
    }

    private static TopLine Head(bool isNumbered, int width) => new(
        $"  {(isNumbered ? "# " : "")}{"PEER".PadRight(PeerWidth(isNumbered, width))} {"STATE",-10} {"LEVEL",-8} {"WAIT",6} {"CREDIT",6} {"OUT/s",6} {"IN/s",6} {"LOST",5}",
        TopStyle.Head);

    private static int PeerWidth(bool isNumbered, int width) => Math.Max(LeastPeer, width - NumberColumns - 9 - (isNumbered ? 2 : 0));

    /// <summary>As many as there is room for, the chosen one among them.</summary>
    private static IEnumerable<TopLine> Rows(IReadOnlyList<PeerRow> rows, TopState state, bool isNumbered, int width, int room)
    {
        var chosen = 0;
        for (var i = 0; i < rows.Count; i++)
        {
            chosen = rows[i].Key == state.Selected ? i : chosen;
        }

        var first = Math.Clamp(chosen - room + 1, 0, Math.Max(0, rows.Count - room));
        return rows.Skip(first).Take(room).Select(row => Line(row, row.Key == state.Selected, isNumbered, PeerWidth(isNumbered, width)));
    }

    private static TopLine Line(PeerRow row, bool isChosen, bool isNumbered, int peerWidth)
    {
        var peer = row.Info;
        var credit = peer.Credit is { } amount ? Numbers.Short(amount.Messages) : "-";
        var number = isNumbered ? string.Create(CultureInfo.InvariantCulture, $"{row.NodeNumber % 10} ") : "";
        var text = $"{(isChosen ? '>' : ' ')} {number}{SafeText.Cut(peer.Address, peerWidth).PadRight(peerWidth)} {row.State,-10} {peer.Level,-8} "
            + $"{Numbers.Short(peer.UserLane?.Length ?? 0),6} {credit,6} {Numbers.Short(row.Rates.Out),6} {Numbers.Short(row.Rates.In),6} "
            + $"{Numbers.Short(EndpointTables.Lost(peer)),5}";
        return new(text, isChosen ? TopStyle.Selected : StyleOf(peer));
    }

    private static TopStyle StyleOf(Wire.EndpointInfo peer) => peer switch
    {
        { State: Wire.ConnectionState.Backoff } or { Level: Wire.PressureLevel.Critical } => TopStyle.Bad,
        { State: Wire.ConnectionState.Connecting } or { Level: Wire.PressureLevel.Warning } or { Blocked: true } => TopStyle.Warning,
        { State: Wire.ConnectionState.Closed } => TopStyle.Faint,
        _ => TopStyle.Plain,
    };

    /// <summary>Dead letters of all peers, by reason.</summary>
    private static IEnumerable<TopLine> Letters(IReadOnlyList<NodeView> nodes)
    {
        var reasons = Reasons(nodes.SelectMany(static node => node.Update?.Endpoints ?? []));
        return [new TopLine($"dead letters: {(reasons.Length > 0 ? reasons : "none")}", reasons.Length > 0 ? TopStyle.Warning : TopStyle.Plain)];
    }

    private static string Reasons(IEnumerable<Wire.EndpointInfo> peers) => string.Join(", ", peers
        .SelectMany(static peer => (peer.Outgoing?.Refused ?? []).Concat(peer.Outgoing?.DeadLetters ?? []).Concat(peer.Incoming?.Rejected ?? []))
        .GroupBy(static reason => reason.Key)
        .Select(static same => (same.Key, Sum: same.Sum(static one => one.Value)))
        .OrderByDescending(static reason => reason.Sum)
        .Select(static reason => $"{reason.Key} {Numbers.Count(reason.Sum)}"));

    /// <summary>All about the peer that was chosen.</summary>
    private static IEnumerable<TopLine> Details(IReadOnlyList<PeerRow> rows, TopState state, DateTimeOffset now, int width)
    {
        if (rows.FirstOrDefault(row => row.Key == state.Selected) is not { Info: var peer })
        {
            return [];
        }

        var connected = peer is { State: Wire.ConnectionState.Connected, ConnectedSince: { } since } ? $"connected {Numbers.Span(now - since.ToDateTimeOffset())}" : $"{peer.State}";
        string[] parts =
        [
            peer.Address, $"system id {(peer.SystemId.Length > 0 ? peer.SystemId : "unknown")}", connected, $"reconnects {peer.Reconnects}",
            $"waiters {peer.UserLane?.Waiters ?? 0}", $"control {peer.ControlLane?.Length ?? 0}", $"retained {Numbers.Short(peer.Outgoing?.Retained ?? 0)}",
            $"unconfirmed {Numbers.Short(peer.Outgoing?.Unconfirmed ?? 0)}", $"watches {peer.Watches}", $"lost: {(Reasons([peer]) is { Length: > 0 } lost ? lost : "none")}",
            .. peer.CloseReason.Length > 0 ? [$"closed because {peer.CloseReason}"] : Array.Empty<string>(),
            .. peer.LastError.Length > 0 ? [$"last error: {peer.LastError}"] : Array.Empty<string>(),
        ];
        return TextWrap.Lines(string.Join("  ", parts), width).Take(4).Select(static line => new TopLine(line));
    }
}
