using System.Diagnostics;

namespace Remote.StartBench;

/// <summary>Where the time of one start went, in milliseconds.</summary>
/// <param name="FirstReply">From the moment the process was asked for until whoever asked has read its first line.</param>
/// <param name="Runtime">Until Main.</param>
/// <param name="Node">Until the node is there.</param>
/// <param name="HttpClient">From the request until the HTTP client wants a connection.</param>
/// <param name="Connect">Until the socket is connected.</param>
/// <param name="Handshake">Until the server has accepted.</param>
/// <param name="Reply">Until the answer is there.</param>
/// <param name="Print">Until it is read by whoever started the process.</param>
/// <param name="Leave">Until the server was told goodbye. Not part of the first reply.</param>
/// <param name="Exit">Until the process is gone. Not part of the first reply.</param>
internal sealed record StartTimes(
    double FirstReply, double Runtime, double Node, double HttpClient, double Connect, double Handshake, double Reply, double Print, double Leave, double Exit)
{
    public static StartTimes Of(long asked, Stamps stamps, long read, long gone) => new(
        Milliseconds(asked, read),
        Milliseconds(asked, stamps.Main),
        Milliseconds(stamps.Main, stamps.Started),
        Milliseconds(stamps.Started, stamps.Dialling),
        Milliseconds(stamps.Dialling, stamps.Dialled),
        Milliseconds(stamps.Dialled, stamps.Accepted),
        Milliseconds(stamps.Accepted, stamps.Replied),
        Milliseconds(stamps.Replied, read),
        Milliseconds(stamps.Printed, stamps.Left),
        Milliseconds(stamps.Left, gone));

    private static double Milliseconds(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;
}
