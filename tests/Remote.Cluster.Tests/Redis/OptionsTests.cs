using Remote.Cluster.Redis;

namespace Remote.Cluster.Tests.Redis;

[Trait("Behaviour", "K-07")]
public sealed class OptionsTests
{
    [Theory]
    [InlineData("orders", "{orders}:")]
    [InlineData("prod:{orders}", "prod:{orders}:")]
    [InlineData("{orders}:eu", "{orders}:eu:")]
    public void KeyPrefix_WithOneHashTagOrNone_GetsOne(string prefix, string expected) =>
        Assert.Equal(expected, RedisIdentitySettings.From(new RedisIdentityOptions { KeyPrefix = prefix }).Prefix);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("{}x")]
    [InlineData("a{b")]
    [InlineData("a}b")]
    [InlineData("}a{")]
    [InlineData("{a}{b}")]
    public void KeyPrefix_WithoutAHashTagThatHolds_IsRefusedByName(string prefix)
    {
        var refused = Assert.Throws<RedisIdentityException>(() => RedisIdentitySettings.From(new RedisIdentityOptions { KeyPrefix = prefix }));

        Assert.Equal(RedisIdentityError.InvalidConfiguration, refused.Error);
        Assert.Contains("KeyPrefix", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_ManyOutOfRange_AreAllNamed()
    {
        var options = new RedisIdentityOptions
        {
            Database = -2,
            LockExpiry = TimeSpan.Zero,
            WaitTimeout = TimeSpan.FromHours(1),
            FirstPause = TimeSpan.FromSeconds(1),
            LongestPause = TimeSpan.FromMilliseconds(500),
            MaxConcurrentLooks = 0,
            CheckInterval = TimeSpan.FromMilliseconds(500),
            SettlingTime = TimeSpan.FromSeconds(1),
            YoungMemberTime = TimeSpan.FromSeconds(-1),
            RemovedMemberTime = TimeSpan.Zero,
        };

        var refused = Assert.Throws<RedisIdentityException>(() => new RedisIdentityStorage("localhost", options));

        foreach (var name in typeof(RedisIdentityOptions).GetProperties().Select(property => property.Name).Except(["LongestPause", "CheckInterval"]))
        {
            Assert.Contains(name, refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Pauses_GrowByHalfToTheLongest_AndVaryByAQuarter()
    {
        var low = new Pauses(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(100), static () => 0);
        var middle = new Pauses(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(100), static () => 0.5);

        Assert.Equal([7.5, 11.25], Enumerable.Range(0, 2).Select(look => low.After(look).TotalMilliseconds));
        Assert.Equal([10, 15, 22.5, 33.75], Enumerable.Range(0, 4).Select(look => middle.After(look).TotalMilliseconds));
        Assert.Equal(100, middle.After(int.MaxValue).TotalMilliseconds);
    }
}
