using System.Diagnostics;
using System.Globalization;

namespace Remote.StartBench;

/// <summary>
/// The moments of a start, by the clock of the machine, which all processes share. Written down while the program runs, said when it is over:
/// saying them costs time too.
/// </summary>
internal sealed class Stamps(long main)
{
    private const int Count = 8;

    public long Main { get; } = main;

    /// <summary>The node is there.</summary>
    public long Started { get; set; }

    /// <summary>The HTTP client wants a connection.</summary>
    public long Dialling { get; set; }

    /// <summary>The socket is connected.</summary>
    public long Dialled { get; set; }

    /// <summary>The server has accepted the node.</summary>
    public long Accepted { get; set; }

    /// <summary>The answer is there.</summary>
    public long Replied { get; set; }

    /// <summary>The answer is printed.</summary>
    public long Printed { get; set; }

    /// <summary>The server was told goodbye.</summary>
    public long Left { get; set; }

    /// <summary>Assemblies of the web server in this process, which has no use for one.</summary>
    public IReadOnlyList<string> WebServer { get; set; } = [];

    public static long Now => Stopwatch.GetTimestamp();

    public override string ToString() => string.Join(' ', new[] { Main, Started, Dialling, Dialled, Accepted, Replied, Printed, Left }
        .Select(stamp => stamp.ToString(CultureInfo.InvariantCulture))
        .Concat(WebServer));

    public static Stamps Parse(string line)
    {
        var words = line.Split(' ');
        var ticks = words.Take(Count).Select(word => long.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        return new Stamps(ticks[0])
        {
            Started = ticks[1],
            Dialling = ticks[2],
            Dialled = ticks[3],
            Accepted = ticks[4],
            Replied = ticks[5],
            Printed = ticks[6],
            Left = ticks[7],
            WebServer = words[Count..],
        };
    }
}
