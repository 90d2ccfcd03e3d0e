using Remote.Testing;

namespace Remote.LoadTest;

/// <summary>One cut.</summary>
/// <param name="At">After how many bytes towards the receiver, counted from the beginning of the run.</param>
/// <param name="Direction">Which way it strikes: the way of the messages, or that of the acknowledgements.</param>
/// <param name="Offset">Where it strikes the acknowledgements: that many bytes later.</param>
/// <param name="Gentle">The struck receiver reads all bytes up to the cut and then an end, instead of a reset.</param>
internal sealed record Cut(long At, NetworkDirection Direction, int Offset, bool Gentle);

/// <summary>Where a run is cut, all of it drawn from the seed.</summary>
internal static class CutSchedule
{
    // An acknowledgement is some ten bytes in a frame with nine of header and five of prefix: this strikes one of the next two anywhere.
    private const int MaxOffset = 50;

    public static IReadOnlyList<Cut> Of(CutsPlan plan)
    {
        var random = new Draw(plan.Seed);
        var part = (double)plan.Messages * CutsPlan.BytesPerMessage / (plan.Cuts + 1);
        return [.. Enumerable.Range(0, plan.Cuts).Select(cut => new Cut(
            (long)(part * (cut + 0.25 + random.Share())),
            random.Below(3) == 0 ? NetworkDirection.ToClient : NetworkDirection.ToServer,
            1 + random.Below(MaxOffset),
            random.Below(4) == 0))];
    }

    /// <summary>SplitMix64: <see cref="Random"/> with a seed promises the same numbers only within one version of .NET.</summary>
    private sealed class Draw(ulong seed)
    {
        private ulong _state = seed;

        public double Share() => (Next() >> 11) * (1.0 / (1UL << 53));

        public int Below(int limit) => (int)(Next() % (uint)limit);

        private ulong Next()
        {
            var z = _state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
