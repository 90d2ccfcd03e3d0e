namespace Remote.Tests.Messaging;

/// <summary>The keys are a peer's choice: whatever it sends, the cache stays within its bounds.</summary>
[Trait("Behaviour", "Z-02")]
public class ByteKeyedCacheTests
{
    [Fact]
    public void Add_MoreThanItsEntries_StartsAnew()
    {
        var cache = new ByteKeyedCache<string>(maxEntries: 3, maxBytes: 1000);
        foreach (byte number in new byte[] { 1, 2, 3, 4 })
        {
            cache.Add([number], $"{number}");
        }

        Assert.Equal(1, cache.Count);
        Assert.Equal("4", cache.Find([4]));
        Assert.Null(cache.Find([1]));
    }

    [Fact]
    public void Add_MoreThanItsBytes_StartsAnew()
    {
        var cache = new ByteKeyedCache<string>(maxEntries: 100, maxBytes: 1100);
        for (byte number = 0; number < 10; number++)
        {
            cache.Add(Enumerable.Repeat(number, 30).ToArray(), "x");
            Assert.InRange(cache.Count, 1, 3);
        }
    }

    [Fact]
    public void Add_KeyTooLongForAName_IsNotKept()
    {
        var cache = new ByteKeyedCache<string>(maxEntries: 100, maxBytes: 100_000);
        cache.Add(new byte[257], "x");
        Assert.Equal(0, cache.Count);
        cache.Add(new byte[256], "x");
        Assert.Equal("x", cache.Find(new byte[256]));
    }

    [Fact]
    public void Find_KeysOfEveryLength_AreToldApart()
    {
        var cache = new ByteKeyedCache<string>(maxEntries: 10_000, maxBytes: 1_000_000);
        for (var length = 0; length < 40; length++)
        {
            for (byte last = 0; last < 10; last++)
            {
                cache.Add(Key(length, last), $"{length}/{last}");
            }
        }

        for (var length = 1; length < 40; length++)
        {
            for (byte last = 0; last < 10; last++)
            {
                Assert.Equal($"{length}/{last}", cache.Find(Key(length, last)));
            }
        }
    }

    private static byte[] Key(int length, byte last)
    {
        var key = new byte[length];
        if (length > 0)
        {
            key[^1] = last;
        }

        return key;
    }
}
