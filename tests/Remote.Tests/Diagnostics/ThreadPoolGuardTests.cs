using System.Globalization;

namespace Remote.Tests;

/// <summary>The guard alone, against a pool whose threads all block.</summary>
public sealed class ThreadPoolGuardTests
{
    [Fact]
    public async Task Enter_EveryThreadBlocks_WorkThatWaitsBehindThemRunsSoonAndTheThreadsAreGivenBack()
    {
        await using var process = StarvedProcess.Start(StarvedProgram.Guard);

        // By itself the pool adds a thread every half second or so: 64 take half a minute. The guard takes four looks, 250 ms apart.
        var ran = (await process.ReadAsync("ran ")).Split(' ');
        Assert.Equal("True", ran[0]);
        Assert.InRange(double.Parse(ran[1], CultureInfo.InvariantCulture), 0, 10_000);
        Assert.InRange(int.Parse(await process.ReadAsync("threads "), CultureInfo.InvariantCulture), 48, 1024);
        Assert.Equal("True", await process.ReadAsync("given back "));
        Assert.Equal(0, await process.EndAsync());
    }
}
