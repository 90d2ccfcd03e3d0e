using System.Diagnostics;
using System.Globalization;

namespace Blocking;

/// <summary>Says who did what, and when. Thread-safe: events come from every node's own threads.</summary>
internal sealed class Timeline(TextWriter output)
{
    private readonly Lock _gate = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public void Say(string node, string what)
    {
        lock (_gate)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_clock.Elapsed.TotalSeconds,7:0.00} s  {node,-9} {what}"));
        }
    }
}
