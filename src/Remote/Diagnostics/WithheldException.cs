using System.Globalization;
using System.Text.Json;

namespace Remote;

/// <summary>
/// Stands in the log for an exception that a serializer threw. Its text is not shown: parsers quote what they cannot read, and messages may
/// hold what is nobody's business. Where it was thrown is.
/// </summary>
internal sealed class WithheldException : Exception
{
    private readonly string? _stackTrace;

    private WithheldException(Exception error)
        : base(Describe(error)) => _stackTrace = error.StackTrace;

    /// <summary>That of the exception it stands for, which is not kept: some logs write all that they can reach.</summary>
    public override string? StackTrace => _stackTrace;

    /// <summary>An exception fit for the log; the same when it is one of ours, which name types and options only.</summary>
    public static Exception? Of(Exception? error) =>
        error is null or UnregisteredTypeException or UnknownSerializerException ? error : new WithheldException(error);

    public override string ToString() => $"{Message}{Environment.NewLine}{_stackTrace}";

    private static string Describe(Exception error)
    {
        List<string> names = [];
        for (var each = error; each is not null; each = each.InnerException)
        {
            names.Add($"{each.GetType().FullName}{PlaceOf(each)}");
        }

        return $"{string.Join(", caused by ", names)}. Its text is left out, for it may quote the message.";
    }

    // The path of a JSON exception is made of names, which may be the keys of a dictionary.
    private static string PlaceOf(Exception error) => error is JsonException { LineNumber: { } line, BytePositionInLine: { } position }
        ? string.Create(CultureInfo.InvariantCulture, $" (line {line}, byte {position})")
        : "";
}
