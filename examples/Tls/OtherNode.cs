using Examples;

namespace SecureNodes;

/// <summary>A node in a process of its own, which is this program once more.</summary>
internal sealed class OtherNode : IAsyncDisposable
{
    private const string ReadyPrefix = "listening on ";

    private readonly ChildProcess _process;
    private readonly TextWriter _output;

    private OtherNode(ChildProcess process, TextWriter output) => (_process, _output) = (process, output);

    public string Address { get; private set; } = "";

    /// <summary>The process of the node: serves until its input ends, or a signal tells it to leave.</summary>
    public static async Task RunAsync(string folder, bool isChild, TextWriter output, CancellationToken cancellation)
    {
        using var ignored = isChild ? ChildProcess.IgnoreInterrupts() : null;
        var lines = TextWriter.Synchronized(output);
        using var log = new TlsLines(line =>
        {
            lines.WriteLine(line);
            lines.Flush();
        });
        await using var node = await SecureNode.StartAsync(new NodeFolder(folder), log);
        await lines.WriteLineAsync(ReadyPrefix + node.Address);
        await lines.FlushAsync(CancellationToken.None);
        var inputEnds = Console.OpenStandardInput().CopyToAsync(Stream.Null, CancellationToken.None);
        await inputEnds.WaitAsync(isChild ? CancellationToken.None : cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Starts the process and waits until it listens.</summary>
    public static async Task<OtherNode> StartAsync(string folder, TextWriter output, CancellationToken cancellation)
    {
        var process = ChildProcess.Start("the other node", readsErrors: false, cancellation, "node", folder);
        await output.WriteLineAsync($"the other node is process {process.Id}");
        var node = new OtherNode(process, output);
        node.Address = await node.ExpectAsync(ReadyPrefix);
        return node;
    }

    /// <summary>Waits for a line that begins so, and gives the rest of it; what it says until then is shown.</summary>
    public Task<string> ExpectAsync(string beginning) => _process.ReadAfterAsync(beginning, line => _output.WriteLine($"there | {line}"));

    /// <summary>Something that needs it all the time.</summary>
    /// <exception cref="ProcessLostException">It ended in the middle of it.</exception>
    public Task<T> DuringAsync<T>(Task<T> work) => _process.DuringAsync(work);

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
