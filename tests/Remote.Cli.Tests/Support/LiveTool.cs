using System.Text;

namespace Remote.Cli.Tests;

/// <summary>A run of the tool that goes on until it is interrupted, inside the process of the tests.</summary>
internal sealed class LiveTool : IAsyncDisposable
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    private readonly Interruption _interruption = Interruption.None();
    private readonly LineWriter _out = new();
    private readonly LineWriter _errors = new();
    private readonly ToolOutput _tool;
    private readonly Task<int> _running;

    private LiveTool(string[] arguments)
    {
        _tool = new ToolOutput(_out, _errors, new Surroundings(IsTerminal: false, HasKeys: false, HasColor: false, Surroundings.Unlimited));
        _running = Task.Run(() => Tool.RunAsync(ToolRun.Patient(arguments), _tool, _interruption));
    }

    public static LiveTool Start(params string[] arguments) => new(arguments);

    /// <summary>The first line of output that contains all of these.</summary>
    public Task<string> LineAsync(params string[] parts) => WaitAsync(_out, parts);

    /// <summary>The first such line of notes and faults.</summary>
    public Task<string> NoteAsync(params string[] parts) => WaitAsync(_errors, parts);

    /// <summary>As Ctrl-C does.</summary>
    public Task<int> InterruptAsync()
    {
        _interruption.Cancel();
        return ExitAsync();
    }

    public async Task<int> ExitAsync()
    {
        try
        {
            return await _running.WaitAsync(Ceiling);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"The tool did not end within {Ceiling}.\n{_out}\n{_errors}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await InterruptAsync();
        _tool.Dispose();
        _interruption.Dispose();
    }

    private async Task<string> WaitAsync(LineWriter writer, string[] parts)
    {
        try
        {
            return await writer.FindAsync(line => Array.TrueForAll(parts, part => line.Contains(part, StringComparison.Ordinal))).WaitAsync(Ceiling);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"No line with {string.Join(" and ", parts)} within {Ceiling}.\n{_out}\n{_errors}");
        }
    }

    /// <summary>Keeps whole lines, and tells those that wait for one.</summary>
    private sealed class LineWriter : TextWriter
    {
        private readonly Lock _gate = new();
        private readonly StringBuilder _open = new();
        private readonly List<string> _lines = [];
        private readonly List<(Predicate<string> Wanted, TaskCompletionSource<string> Found)> _waiters = [];

        public override Encoding Encoding => Encoding.UTF8;

        public Task<string> FindAsync(Predicate<string> wanted)
        {
            lock (_gate)
            {
                var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
                if (_lines.Find(wanted) is { } line)
                {
                    found.SetResult(line);
                }
                else
                {
                    _waiters.Add((wanted, found));
                }

                return found.Task;
            }
        }

        public override void Write(char value)
        {
            lock (_gate)
            {
                if (value != '\n')
                {
                    _open.Append(value);
                    return;
                }

                var line = _open.ToString().TrimEnd('\r');
                _open.Clear();
                _lines.Add(line);
                foreach (var (_, found) in _waiters.Where(waiter => waiter.Wanted(line)))
                {
                    found.TrySetResult(line);
                }
            }
        }

        public override string ToString()
        {
            lock (_gate)
            {
                return string.Join('\n', _lines.TakeLast(40));
            }
        }
    }
}
