namespace Remote.Cli;

/// <summary>The statistics for a file or a pipe: each update is a table, or a line of JSON. Used by several feeds; one writes at a time.</summary>
/// <param name="output">Where to.</param>
/// <param name="time">The clock.</param>
/// <param name="count">After how many updates it ends; 0 for never.</param>
internal sealed class TopLog(ToolOutput output, TimeProvider time, int count)
{
    private const int LeastColumns = 100, LinesAround = 6;

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _written;

    /// <summary>Completes after the last one, or when nobody reads any more.</summary>
    public Task Done => _done.Task;

    public void Write(NodeView view)
    {
        lock (_gate)
        {
            if (_done.Task.IsCompleted)
            {
                return;
            }

            try
            {
                WriteUnsynchronized(view);
            }
            catch (IOException exception)
            {
                _done.TrySetException(exception);
            }

            if (view.Failure is null && ++_written == count)
            {
                _done.TrySetResult();
            }
        }
    }

    private void WriteUnsynchronized(NodeView view)
    {
        if (output.IsJson)
        {
            output.Json(Shape(view));
        }
        else if (view is { Failure: null, Update: { } update })
        {
            IReadOnlyList<NodeView> nodes = [view];
            var state = new TopState { Sort = TopSort.Peer };
            var rows = PeerRow.Of(nodes, state);

            // Around the list: title, node, an empty line, the head, dead letters, and the keys, which nobody can press.
            var (now, height) = (Clock.Local(time.GetUtcNow(), time), update.Endpoints.Count + LinesAround);
            var lines = output.Surroundings.Width < Surroundings.Unlimited
                ? TopFrame.Draw(nodes, rows, state, now, output.Surroundings.Width, height)
                : TopFrame.Lines(nodes, rows, state, now, Math.Max(LeastColumns, TopFrame.WidthFor(rows)), height);
            foreach (var line in lines.SkipLast(1))
            {
                output.Line(line.Text.TrimEnd());
            }

            output.Line();
        }
        else if (view.Failure is { } failure)
        {
            output.Note($"{view.Address}: {failure.What}");
        }
    }

    private object Shape(NodeView view) => view is { Failure: { } failure }
        ? new
        {
            time = time.GetUtcNow(),
            address = view.Address,
            error = new { code = failure.Code, message = failure.What, advice = failure.Advice },
        }
        : new
        {
            time = NodeShapes.Time(view.Update!.Node.Time),
            address = view.Address,
            number = view.Update.Number,
            missed = view.Update.Missed,
            cpuPercent = Math.Round(view.CpuPercent, 1),
            node = NodeShapes.Of(view.Update.Node),
            total = view.Update.Total,
            endpoints = view.Update.Endpoints.Select(peer => new { rates = Rates(view, peer.Address), endpoint = NodeShapes.Of(peer) }),
        };

    /// <summary>Messages in each second; nothing with the first update.</summary>
    private static object? Rates(NodeView view, string peer) => view.Rates.TryGetValue(peer, out var rates)
        ? new { @out = Math.Round(rates.Out, 1), @in = Math.Round(rates.In, 1), lost = Math.Round(rates.Lost, 1) }
        : null;
}
