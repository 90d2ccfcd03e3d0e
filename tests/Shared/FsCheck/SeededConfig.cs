using FsCheck;
using Microsoft.FSharp.Core;

namespace Remote.TestSupport;

/// <summary>How property tests are run here: they throw on failure and begin at the seed of the run.</summary>
internal static class SeededConfig
{
    /// <summary>The configuration for a property that is tried this often.</summary>
    public static Config Times(int count) =>
        Config.QuickThrowOnFailure.WithMaxTest(count).WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(TestSeed.Value), FSharpOption<int>.None)));
}
