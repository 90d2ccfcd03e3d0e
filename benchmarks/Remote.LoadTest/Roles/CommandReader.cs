using System.Threading.Channels;

namespace Remote.LoadTest;

/// <summary>
/// The lines of standard input, read on a thread of its own: .NET reads the console synchronously, and a pool thread that
/// waits there would be missing in a measurement on two cores.
/// </summary>
internal sealed class CommandReader
{
    private readonly Channel<string> _lines = Channel.CreateBounded<string>(16);

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public CommandReader()
    {
        new Thread(ReadAll) { IsBackground = true, Name = "commands" }.Start();
    }

    /// <summary>The next command, or null when the coordinator has gone.</summary>
    public async ValueTask<string?> NextAsync() =>
        await _lines.Reader.WaitToReadAsync() && _lines.Reader.TryRead(out var line) ? line : null;

    /// <summary>Completes when the coordinator has gone.</summary>
    public Task Ended => _ended.Task;

    private void ReadAll()
    {
        while (Console.In.ReadLine() is { } line)
        {
            if (!_lines.Writer.TryWrite(line))
            {
                break; // Commands are answered one by one: sixteen unanswered ones are no conversation.
            }
        }

        _lines.Writer.Complete();
        _ended.SetResult();
    }
}
