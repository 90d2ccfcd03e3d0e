using System.Text.RegularExpressions;
using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>The ids that a <c>ListProcesses</c> call asks for. Patterns come from outside: their length and kind are limited.</summary>
internal static class ProcessPattern
{
    /// <summary>
    /// The longest id that is matched with a regular expression, in characters. The limit of time alone does not do: the platform was measured to
    /// overrun one of 500 ms by two seconds, on an id of two million.
    /// </summary>
    public const int MaxMatchedLength = 16_384;

    private const int MaxLength = 256;

    private static readonly TimeSpan MaxMatchTimeout = TimeSpan.FromDays(1);

    /// <summary>Whether an id matches the pattern of the request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="matchTimeout">
    /// How long the match of one id may take; then it throws <see cref="RegexMatchTimeoutException"/>. Time that is linear in the length of
    /// the id can still be long: each character may cost as many steps as the pattern has states.
    /// </param>
    /// <exception cref="RpcException">INVALID_ARGUMENT with the pattern and its fault.</exception>
    public static Func<string, bool> Parse(Wire.ListProcessesRequest request, TimeSpan matchTimeout)
    {
        var pattern = request.Pattern;
        if (pattern.Length > MaxLength)
        {
            throw Invalid($"The pattern has {pattern.Length} characters; at most {MaxLength} are allowed.");
        }

        if (pattern.Length == 0)
        {
            return _ => true;
        }

        return request.Type switch
        {
            Wire.ListProcessesMatchType.MatchPartOfString => id => id.Contains(pattern, StringComparison.OrdinalIgnoreCase),
            Wire.ListProcessesMatchType.MatchExactString => id => id == pattern,
            Wire.ListProcessesMatchType.MatchRegex => Compile(pattern, matchTimeout).IsMatch,
            _ => throw Invalid($"{(int)request.Type} is no match type; expected 0 (part), 1 (exact) or 2 (regex)."),
        };
    }

    private static Regex Compile(string pattern, TimeSpan matchTimeout)
    {
        try
        {
            // NonBacktracking is linear in the input: no pattern from outside can make one match take for ever.
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Limited(matchTimeout));
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw Invalid($"The pattern '{pattern}' is not a supported regular expression: {exception.Message}");
        }
    }

    // The platform takes no longer one.
    private static TimeSpan Limited(TimeSpan matchTimeout) => matchTimeout < MaxMatchTimeout ? matchTimeout : MaxMatchTimeout;

    private static RpcException Invalid(string detail) => CallFailure.Of(StatusCode.InvalidArgument, detail);
}
