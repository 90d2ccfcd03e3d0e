using System.Globalization;
using System.Text;

namespace Remote.Tests;

/// <summary>What happened in a replay so far: the second half of the message of every failure.</summary>
internal sealed class ReplayLog
{
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];

    public void Add(string line)
    {
        lock (_gate)
        {
            _lines.Add(line);
        }
    }

    public override string ToString()
    {
        lock (_gate)
        {
            return _lines.Aggregate(new StringBuilder(), (text, line) => text.Append(CultureInfo.InvariantCulture, $"\n  {line}")).ToString();
        }
    }
}
