using System.Diagnostics;

namespace SecureNodes;

/// <summary>A node in a process of its own, which is this program once more.</summary>
internal sealed class OtherNode : IAsyncDisposable
{
    private const string ReadyPrefix = "listening on ";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly TextWriter _output;

    private OtherNode(Process process, TextWriter output) => (_process, _output) = (process, output);

    public string Address { get; private set; } = "";

    /// <summary>The process of the node: serves until its input ends.</summary>
    public static async Task RunAsync(string folder, TextReader input, TextWriter output)
    {
        var lines = TextWriter.Synchronized(output);
        using var log = new TlsLines(line =>
        {
            lines.WriteLine(line);
            lines.Flush();
        });
        await using var node = await SecureNode.StartAsync(new NodeFolder(folder), log);
        await lines.WriteLineAsync(ReadyPrefix + node.Address);
        await lines.FlushAsync();
        await input.ReadLineAsync();
    }

    /// <summary>Starts the process and waits until it listens.</summary>
    public static async Task<OtherNode> StartAsync(string folder, TextWriter output)
    {
        var program = Environment.ProcessPath ?? throw new UnexpectedException("the path of this program is not known");

        // Started as `dotnet Tls.dll`, the program is the first argument.
        string[] arguments = ["node", folder];
        string[] all = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(OtherNode).Assembly.Location, .. arguments] : arguments;
        var start = new ProcessStartInfo(program, all) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var node = new OtherNode(Process.Start(start) ?? throw new UnexpectedException("the other process did not start"), output);
        node.Address = (await node.ExpectAsync(ReadyPrefix))[ReadyPrefix.Length..];
        return node;
    }

    /// <summary>Waits for a line that begins so; what it says until then is shown.</summary>
    public async Task<string> ExpectAsync(string beginning)
    {
        using var late = new CancellationTokenSource(Patience);
        try
        {
            while (await _process.StandardOutput.ReadLineAsync(late.Token) is { } line)
            {
                await _output.WriteLineAsync($"there | {line}");
                if (line.StartsWith(beginning, StringComparison.Ordinal))
                {
                    return line;
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw new UnexpectedException($"the other process did not say '{beginning}' within {Patience.TotalSeconds:F0} s");
        }

        throw new UnexpectedException($"the other process ended before it said '{beginning}'");
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var late = new CancellationTokenSource(Patience);
        try
        {
            await _process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
