using System.Text.RegularExpressions;
using Google.Protobuf;
using Wire = Remote.Protocol;

namespace Remote.Tests.Fuzz;

/// <summary>What became of the frames: how many got past protobuf's own parser, and how often each refusal came up.</summary>
internal sealed partial class FuzzReport
{
    private const int AskedOf = 8;

    private readonly SortedDictionary<string, long> _kinds = new(StringComparer.Ordinal);

    public long Frames { get; private set; }

    /// <summary>
    /// How many were given to protobuf's own parser, and how many it took: one of eight, for it throws at the others, which takes longer than
    /// all the rest. Every one in the long mode.
    /// </summary>
    public long Asked { get; private set; }

    /// <inheritdoc cref="Asked"/>
    public long Parsed { get; private set; }

    public long Delivered { get; set; }

    public IReadOnlyDictionary<string, long> Kinds => _kinds;

    /// <summary>A frame that is about to be sent.</summary>
    public void Count(byte[] frame)
    {
        if (TestScale.IsLong || Frames % AskedOf == 0)
        {
            Asked++;
            Parsed += IsMessage(frame) ? 1 : 0;
        }

        Frames++;
    }

    /// <summary>A refusal; its text without what is different each time.</summary>
    public void Count(string where, string text)
    {
        var kind = $"{where}: {Varying().Replace(text, "#")}";
        _kinds[kind] = _kinds.GetValueOrDefault(kind) + 1;
    }

    private static bool IsMessage(byte[] frame)
    {
        try
        {
            Wire.RemoteMessage.Parser.ParseFrom(frame);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }

    // Numbers, and whatever stands in quotes.
    [GeneratedRegex("-?[0-9]+|'[^']*'")]
    private static partial Regex Varying();
}
