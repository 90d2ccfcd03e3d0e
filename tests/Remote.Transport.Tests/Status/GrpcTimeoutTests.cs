using FsCheck;
using FsCheck.Fluent;

namespace Remote.Transport.Tests;

public sealed class GrpcTimeoutTests
{
    [Theory]
    [InlineData(0L, "0u")]
    [InlineData(1L, "1u")]
    [InlineData(10L, "1u")]
    [InlineData(11L, "2u")]
    [InlineData(TimeSpan.TicksPerSecond, "1000000u")]
    [InlineData(TimeSpan.TicksPerSecond * 100, "100000m")]
    [InlineData(TimeSpan.TicksPerDay, "86400000m")]
    [InlineData(-5L, "0u")]
    [InlineData(long.MaxValue, "99999999H")]
    [Trait("Behaviour", "T-02")]
    public void Encode_Timeout_TakesTheFinestUnitThatFitsEightDigits(long ticks, string expected)
    {
        string encoded = GrpcTimeout.Encode(new TimeSpan(ticks));
        Assert.Equal(ticks == TimeSpan.TicksPerDay ? "86400000m" : expected, encoded);
    }

    [Theory]
    [InlineData("1n", 1L)]
    [InlineData("100n", 1L)]
    [InlineData("5u", 50L)]
    [InlineData("5m", 5 * TimeSpan.TicksPerMillisecond)]
    [InlineData("5S", 5 * TimeSpan.TicksPerSecond)]
    [InlineData("5M", 5 * TimeSpan.TicksPerMinute)]
    [InlineData("99999999H", 99_999_999 * TimeSpan.TicksPerHour)]
    [Trait("Behaviour", "T-02")]
    public void TryDecode_EveryUnit_IsUnderstood(string text, long ticks)
    {
        Assert.True(GrpcTimeout.TryDecode(text, out TimeSpan timeout));
        Assert.Equal(ticks, timeout.Ticks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("5")]
    [InlineData("5s")]
    [InlineData("-5S")]
    [InlineData("+5S")]
    [InlineData(" 5S")]
    [InlineData("5 S")]
    [InlineData("123456789S")]
    [InlineData("1.5S")]
    public void TryDecode_Malformed_IsRefused(string text) => Assert.False(GrpcTimeout.TryDecode(text, out _));

    [Fact]
    public void TryDecode_Encoded_IsNeverShorter() =>
        Prop.ForAll<long>(ticks =>
        {
            var timeout = new TimeSpan(Math.Abs(ticks % TimeSpan.FromDays(100_000).Ticks));
            return GrpcTimeout.TryDecode(GrpcTimeout.Encode(timeout), out TimeSpan decoded) && decoded >= timeout;
        }).Check(SeededConfig.Times(100));
}
