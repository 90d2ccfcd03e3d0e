namespace Remote.Cli;

/// <summary>By what the peers are sorted.</summary>
internal enum TopSort
{
    Lost,
    Out,
    In,
    Waiting,
    Credit,
    State,
    Peer,
}

/// <summary>What whoever looks has chosen. Immutable.</summary>
internal sealed record TopState
{
    public TopSort Sort { get; init; } = TopSort.Out;

    public bool IsReversed { get; init; }

    public bool IsPaused { get; init; }

    public bool ShowsClosed { get; init; } = true;

    /// <summary>The peer that is looked at, with its node: a place in the list would be another one after the next update.</summary>
    public (string Node, string Peer)? Selected { get; init; }

    public bool HasEnded { get; init; }

    /// <summary>What a key changes.</summary>
    /// <param name="key">That was pressed.</param>
    /// <param name="rows">As they are shown.</param>
    public TopState Press(ConsoleKeyInfo key, IReadOnlyList<PeerRow> rows) => (key.Key, key.KeyChar) switch
    {
        (ConsoleKey.UpArrow, _) or (_, 'k') => this with { Selected = Move(rows, -1) },
        (ConsoleKey.DownArrow, _) or (_, 'j') => this with { Selected = Move(rows, 1) },
        (ConsoleKey.Escape, _) => this with { Selected = null },
        (_, 'q' or 'Q') => this with { HasEnded = true },
        (_, 'p' or ' ') => this with { IsPaused = !IsPaused },
        (_, 's') => this with { Sort = Next(1) },
        (_, 'S') => this with { Sort = Next(-1) },
        (_, 'r') => this with { IsReversed = !IsReversed },
        (_, 'c') => this with { ShowsClosed = !ShowsClosed },
        _ => this,
    };

    private TopSort Next(int step)
    {
        var count = Enum.GetValues<TopSort>().Length;
        return (TopSort)(((int)Sort + step + count) % count);
    }

    private (string, string)? Move(IReadOnlyList<PeerRow> rows, int step)
    {
        var place = -1;
        for (var i = 0; i < rows.Count; i++)
        {
            place = rows[i].Key == Selected ? i : place;
        }

        return rows.Count == 0 ? null : rows[place < 0 ? (step > 0 ? 0 : rows.Count - 1) : Math.Clamp(place + step, 0, rows.Count - 1)].Key;
    }
}
