using System.Globalization;

namespace Remote.Transport;

/// <summary>The value of <c>grpc-timeout</c>: at most eight digits and a unit, H M S m u n.</summary>
internal static class GrpcTimeout
{
    /// <summary>Rounds up, so that the server never gives up before its caller does.</summary>
    public static string Encode(TimeSpan timeout)
    {
        long ticks = Math.Max(timeout.Ticks, 0);
        foreach ((char unit, long ticksPerUnit) in Units)
        {
            long value = ticks / ticksPerUnit + (ticks % ticksPerUnit == 0 ? 0 : 1);
            if (value <= 99_999_999)
            {
                return value.ToString(CultureInfo.InvariantCulture) + unit;
            }
        }

        return "99999999H";
    }

    public static bool TryDecode(string text, out TimeSpan timeout)
    {
        timeout = default;
        if (text.Length is < 2 or > 9 || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out long value))
        {
            return false;
        }

        if (text[^1] == 'n')
        {
            timeout = new TimeSpan((value + 99) / 100);
            return true;
        }

        foreach ((char unit, long ticksPerUnit) in Units)
        {
            if (unit == text[^1])
            {
                // 99,999,999 hours are 11,415 years; that still fits the 29,247 years of a TimeSpan.
                timeout = new TimeSpan(value * ticksPerUnit);
                return true;
            }
        }

        return false;
    }

    private static readonly (char Unit, long Ticks)[] Units =
    [
        ('u', TimeSpan.TicksPerMicrosecond),
        ('m', TimeSpan.TicksPerMillisecond),
        ('S', TimeSpan.TicksPerSecond),
        ('M', TimeSpan.TicksPerMinute),
        ('H', TimeSpan.TicksPerHour),
    ];
}
