using System.Diagnostics;
using Remote.LoadTest;

namespace Remote.TransportBench;

/// <summary>The other process: counts what comes, or sends it back. A stream begins with a frame of one byte that says which.</summary>
internal sealed class Peer : IDisposable
{
    public const string Role = "peer";

    private const int Count = 1;
    private const int Echo = 2;

    private readonly Process _process;

    private Peer(Process process, string address) => (_process, Address) = (process, address);

    /// <summary>Asks for nothing but one frame when the caller has half-closed the stream and everything was read.</summary>
    public static byte[] CountRequest { get; } = new byte[Count];

    /// <summary>Asks for every frame back.</summary>
    public static byte[] EchoRequest { get; } = new byte[Echo];

    public string Address { get; }

    /// <summary>Processor time of the process so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static async Task<Peer> StartAsync(Side side, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [Role, side.ToString()]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var process = Process.Start(start) ?? throw new LoadTestException("The other process did not start.");
        var address = await process.StandardOutput.ReadLineAsync(cancellation);
        return new Peer(process, address ?? throw new LoadTestException("The other process ended at once."));
    }

    /// <summary>Be that process, until the input ends.</summary>
    public static async Task<int> RunAsync(Side side)
    {
        await using var server = await Sides.ListenAsync(side, ServeAsync);
        Console.WriteLine(server.Address);
        await Console.In.ReadToEndAsync();
        return 0;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static async Task ServeAsync(IBareStream stream)
    {
        var isEcho = await stream.ReadAsync() == Echo;
        byte[] answer = [];
        for (int length; (length = await stream.ReadAsync()) >= 0;)
        {
            if (isEcho)
            {
                answer = answer.Length == length ? answer : new byte[length];
                await stream.WriteAsync(answer);
            }
        }

        // All of them have been read.
        await stream.WriteAsync([]);
    }
}
