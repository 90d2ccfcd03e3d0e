using System.Text.RegularExpressions;
using Remote.Transport;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>The ids that a <c>ListProcesses</c> call asks for. Patterns come from outside: their length and kind are limited.</summary>
internal sealed class ProcessPattern
{
    public const int MaxLength = 256;

    private readonly Func<string, bool> _matches;

    private ProcessPattern(Func<string, bool> matches) => _matches = matches;

    /// <exception cref="GrpcException">INVALID_ARGUMENT with the pattern and its fault.</exception>
    public static ProcessPattern Parse(Wire.ListProcessesRequest request)
    {
        var pattern = request.Pattern;
        if (pattern.Length > MaxLength)
        {
            throw Invalid($"The pattern has {pattern.Length} characters; at most {MaxLength} are allowed.");
        }

        if (pattern.Length == 0)
        {
            return new ProcessPattern(_ => true);
        }

        return request.Type switch
        {
            Wire.ListProcessesMatchType.MatchPartOfString => new ProcessPattern(id => id.Contains(pattern, StringComparison.OrdinalIgnoreCase)),
            Wire.ListProcessesMatchType.MatchExactString => new ProcessPattern(id => id == pattern),
            Wire.ListProcessesMatchType.MatchRegex => new ProcessPattern(Compile(pattern).IsMatch),
            _ => throw Invalid($"{(int)request.Type} is no match type; expected 0 (part), 1 (exact) or 2 (regex)."),
        };
    }

    public bool Matches(string id) => _matches(id);

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

    private static GrpcException Invalid(string detail) => new(new GrpcStatus(GrpcStatusCode.InvalidArgument, detail));
}
