namespace Remote.Cli;

/// <summary>
/// The live picture: draws when something has changed, a key was pressed, or a second is over, and takes the size of the window each time.
/// </summary>
internal sealed class LiveTop(TopBoard board, ToolOutput output, TimeProvider time, TopState start)
{
    private const int LeastWidth = 40, LeastHeight = 8;

    private static readonly TimeSpan Redraw = TimeSpan.FromSeconds(1);

    private TopState _state = start;
    private IReadOnlyList<NodeView> _nodes = [];
    private IReadOnlyList<PeerRow> _rows = [];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var screen = new TopScreen(output.Out, output.Surroundings.HasColor);
        var keys = output.Surroundings.HasKeys ? KeyReader.Start(board.Touch) : null;
        while (true)
        {
            var changed = board.Changed;
            while (keys?.TryRead(out var key) == true)
            {
                _state = _state.Press(key, _rows);
            }

            if (_state.HasEnded)
            {
                return;
            }

            Draw(screen);
            await Task.WhenAny(changed, Task.Delay(Redraw, time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private void Draw(TopScreen screen)
    {
        _nodes = _state.IsPaused ? _nodes : board.Nodes;
        _rows = PeerRow.Of(_nodes, _state);
        var (width, height) = (Math.Max(LeastWidth, Console.WindowWidth), Math.Max(LeastHeight, Console.WindowHeight));
        screen.Show(TopFrame.Draw(_nodes, _rows, _state, Clock.Local(time.GetUtcNow(), time), width, height));
    }
}
