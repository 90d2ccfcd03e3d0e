using System.Collections;

namespace Remote.LoadTest;

/// <summary>What one target has seen of its numbered messages. Not thread-safe: an actor has it.</summary>
/// <param name="expected">How many there are, numbered from 1.</param>
internal sealed class PairCheck(int expected)
{
    private readonly BitArray _seen = new(expected);
    private ulong _highest;
    private int _delivered;
    private long _duplicated;
    private long _reordered;

    public PairVerdict Verdict => new(_delivered, expected - _delivered, _duplicated, _reordered);

    public void Take(ulong number)
    {
        if (number == 0 || number > (ulong)_seen.Length || _seen[(int)number - 1])
        {
            // A number that nobody sent is one arrival too many as well.
            _duplicated++;
            return;
        }

        _seen[(int)number - 1] = true;
        _delivered++;
        _reordered += number < _highest ? 1 : 0;
        _highest = Math.Max(_highest, number);
    }
}

/// <summary>What one target, or all of them, got.</summary>
internal sealed record PairVerdict(long Delivered, long Lost, long Duplicated, long Reordered)
{
    public static PairVerdict operator +(PairVerdict one, PairVerdict other) => new(
        one.Delivered + other.Delivered, one.Lost + other.Lost, one.Duplicated + other.Duplicated, one.Reordered + other.Reordered);
}
