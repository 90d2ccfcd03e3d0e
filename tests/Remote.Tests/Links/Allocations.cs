namespace Remote.Tests.Links;

/// <summary>What a piece of code leaves for the garbage collector once it runs warm.</summary>
internal static class Allocations
{
    private const int Rounds = 50;

    internal static long Measure(Action action)
    {
        for (var round = 0; round < Rounds; round++)
        {
            action();
        }

        // The least of several: the runtime's own bookkeeping falls into some of them.
        return Enumerable.Range(0, 5).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var round = 0; round < Rounds; round++)
            {
                action();
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
    }
}
