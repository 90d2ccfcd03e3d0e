using System.Text.RegularExpressions;
using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>The ids that a <c>ListProcesses</c> call asks for. Patterns come from outside: their length and kind are limited.</summary>
internal static class ProcessPattern
{
    private const int MaxLength = 256;

    /// <summary>Whether an id matches the pattern of the request.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT with the pattern and its fault.</exception>
    public static Func<string, bool> Parse(Wire.ListProcessesRequest request)
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
            Wire.ListProcessesMatchType.MatchRegex => Compile(pattern).IsMatch,
            _ => throw Invalid($"{(int)request.Type} is no match type; expected 0 (part), 1 (exact) or 2 (regex)."),
        };
    }

    private static Regex Compile(string pattern)
    {
        try
        {
            // NonBacktracking is linear in the input: no pattern from outside can make one match take for ever.
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw Invalid($"The pattern '{pattern}' is not a supported regular expression: {exception.Message}");
        }
    }

    private static RpcException Invalid(string detail) => CallFailure.Of(StatusCode.InvalidArgument, detail);
}
