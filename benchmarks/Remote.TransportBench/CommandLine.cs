using System.CommandLine;
using Remote.LoadTest;

namespace Remote.TransportBench;

/// <summary>The command line: how long to measure and where the table goes.</summary>
internal sealed class CommandLine
{
    private readonly Option<double> _seconds = new("--seconds") { Description = "How long a run takes.", DefaultValueFactory = _ => 2, HelpName = "N" };
    private readonly Option<int> _runs = new("--runs") { Description = "Counted runs of each side.", DefaultValueFactory = _ => 5, HelpName = "N" };
    private readonly Option<string?> _markdown = new("--markdown") { Description = "Write table and machine to a file.", HelpName = "FILE" };
    private readonly RootCommand _root = new("Measures one gRPC stream between two processes: a node's sockets and marshallers against grpc-dotnet as it comes.");
    private readonly TextWriter _output;
    private readonly TextWriter _progress;

    public CommandLine(TextWriter output, TextWriter progress)
    {
        (_output, _progress) = (output, progress);
        _root.Add(_seconds);
        _root.Add(_runs);
        _root.Add(_markdown);
        _root.SetAction(MeasureAsync);
    }

    public Task<int> InvokeAsync(IReadOnlyList<string> arguments) => _root.Parse(arguments).InvokeAsync();

    private async Task<int> MeasureAsync(ParseResult result, CancellationToken cancellation)
    {
        var length = TimeSpan.FromSeconds(Math.Clamp(result.GetValue(_seconds), 0.1, 600));
        var runs = Math.Clamp(result.GetValue(_runs), 1, 1000);
        try
        {
            var table = Table.Of(await new Measurement(length, runs, _progress).MeasureAsync(cancellation));
            await _output.WriteLineAsync(table);
            if (result.GetValue(_markdown) is { } file)
            {
                await File.WriteAllTextAsync(file, Table.Document(table, length, runs), cancellation);
            }

            return 0;
        }
        catch (LoadTestException exception)
        {
            await _progress.WriteLineAsync(exception.Message);
            return 1;
        }
    }
}
