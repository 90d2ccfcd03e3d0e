using System.Globalization;
using Proto;

namespace Remote;

/// <summary>
/// When a message is worth nothing any more: a header that says it in milliseconds since 1970. It is a time of the clock of whoever looks, so
/// a tolerance covers clocks that differ.
/// </summary>
internal static class MessageDeadline
{
    public const string Key = "remote-deadline";

    // Clocks that the network keeps differ by less.
    private const long ToleranceMilliseconds = 1000;

    /// <summary>The clock that deadlines of a system go by.</summary>
    public static TimeProvider ClockOf(ActorSystem system) =>
        system.Extensions.Get<Proto.Remote.IRemote>() is ReliableRemote remote ? remote.Time : TimeProvider.System;

    /// <summary>These headers and a deadline.</summary>
    public static MessageHeader Put(MessageHeader headers, DateTimeOffset deadline) =>
        headers.With(Key, deadline.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));

    /// <summary>Whether it is over. Without headers, which is nearly always, that is one comparison.</summary>
    public static bool IsOver(MessageHeader? headers, TimeProvider time) =>
        headers is { Count: > 0 } && headers.TryGetValue(Key, out var text)
        && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
        && milliseconds > 0
        && milliseconds < time.GetUtcNow().ToUnixTimeMilliseconds() - ToleranceMilliseconds;
}
