namespace Remote.Tests.Links;

/// <summary>What a piece of code leaves for the garbage collector once it runs warm.</summary>
internal static class Allocations
{
    private const int Rounds = 50;
    private const int Attempts = 20;

    internal static long Measure(Action action)
    {
        for (var round = 0; round < Rounds; round++)
        {
            action();
        }

        // The least of several: the runtime's own bookkeeping falls into some of them, and shared pools give memory back when the machine is short of it.
        var least = long.MaxValue;
        for (var attempt = 0; attempt < Attempts && least > 0; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var round = 0; round < Rounds; round++)
            {
                action();
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
