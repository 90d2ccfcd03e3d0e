namespace Remote.Cli;

/// <summary>Points in time for people, who look at the clock on their wall; in JSON all are UTC.</summary>
internal static class Clock
{
    public static DateTimeOffset Local(DateTimeOffset point, TimeProvider time) => TimeZoneInfo.ConvertTime(point, time.LocalTimeZone);
}
