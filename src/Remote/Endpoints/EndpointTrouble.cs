using System.Globalization;

namespace Remote;

/// <summary>Why there is no connection, for people who lose a message by that: address, state, last error, way out. Pure.</summary>
internal static class EndpointTrouble
{
    /// <summary>What to look at when nobody answers. A refusal by TLS says itself what to do.</summary>
    public static string WayOut(string? error) => error?.StartsWith("No TLS connection", StringComparison.Ordinal) == true
        ? "docs/security.md has more about TLS."
        : "Is the node running, and is its address right?";

    /// <summary>An error for a sentence that has begun with the address already.</summary>
    public static string WithoutAddress(string address, string error)
    {
        var beginning = $"No connection to {address}: ";
        return error.StartsWith(beginning, StringComparison.Ordinal) ? error[beginning.Length..] : error;
    }

    /// <summary>The next attempt waits for its delay.</summary>
    public static string InBackoff(string address, int attempt, TimeSpan delay, string error) => string.Create(
        CultureInfo.InvariantCulture,
        $"{address} is not connected ({nameof(EndpointState.Backoff)}, retry {attempt} after {delay.TotalSeconds:0.###} s): {error}. {WayOut(error)}");

    /// <summary>The endpoint has ended.</summary>
    /// <param name="address">Of the peer.</param>
    /// <param name="why">Why it has ended.</param>
    /// <param name="lastError">The last error of the endpoint, which may be an old one that has nothing to do with its end.</param>
    public static string AfterEnd(string address, EndpointTerminatedReason why, string? lastError)
    {
        var end = $"{address} is not connected ({nameof(EndpointState.Closed)}, {why})";
        return why switch
        {
            EndpointTerminatedReason.Unreachable when lastError is not null => $"{end}: {lastError.TrimEnd('.')}. {WayOut(lastError)}",
            EndpointTerminatedReason.Refused or EndpointTerminatedReason.OwnAddress or EndpointTerminatedReason.ClientLost when lastError is not null =>
                $"{end}: {lastError.TrimEnd('.')}.",
            _ => $"{end}.",
        };
    }
}
