using Wire = Remote.Protocol;

namespace Remote.Cli;

/// <summary>Whether the clock of the node and that of this machine agree.</summary>
internal sealed class ClockCheck(NodeSession session)
{
    private const string Check = "clock";

    /// <summary>Beyond this, logs of two machines cannot be laid side by side.</summary>
    private static readonly TimeSpan Tolerated = TimeSpan.FromSeconds(1);

    /// <summary>Beyond this, deadlines of messages, expiries of blocks and leases, and new certificates go wrong.</summary>
    private static readonly TimeSpan Harmful = TimeSpan.FromSeconds(30);

    /// <param name="request">Whose answer has the time of the node in it.</param>
    /// <returns>The answer too, which has much else in it.</returns>
    public async Task<(Wire.GetEndpointsResponse Answer, Finding Clock)> RunAsync(Wire.GetEndpointsRequest request)
    {
        var before = session.Time.GetUtcNow();
        var started = session.Time.GetTimestamp();
        var answer = await session.GetEndpointsAsync(request);
        return (answer, Judge(answer.Node.Time.ToDateTimeOffset(), before, session.Time.GetElapsedTime(started)));
    }

    /// <summary>The answer was made somewhere between the question and its arrival. Pure.</summary>
    public static Finding Judge(DateTimeOffset answered, DateTimeOffset asked, TimeSpan took)
    {
        var ahead = answered - (asked + (took / 2));
        var certain = ahead.Duration() - (took / 2);
        var what = $"its clock is {Numbers.Span(ahead.Duration())} {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} the one of this machine";
        const string Advice = "Set both by NTP (chronyc tracking, timedatectl).";
        return certain > Harmful ? Finding.Problem(Check, what, $"{Advice} Deadlines, expiries and new certificates go wrong.")
            : certain > Tolerated ? Finding.Warning(Check, what, $"{Advice} Until then logs of the two cannot be compared.")
            : Finding.Ok(Check, "agrees with that of this machine");
    }
}
