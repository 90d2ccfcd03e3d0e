using System.Globalization;

namespace Remote;

/// <summary>The values of options as texts, as configuration has them and as the log shows them.</summary>
internal static class OptionText
{
    /// <summary>What a value of some type has to be, in words for people.</summary>
    public static string Kind(Type type)
    {
        var plain = Plain(type);
        return plain.IsEnum ? Choice(Enum.GetNames(plain))
            : plain == typeof(bool) ? "true or false"
            : plain == typeof(TimeSpan) ? "a time such as 00:00:30 (24 hours are 1.00:00:00)"
            : plain == typeof(double) ? "a number such as 0.5"
            : plain == typeof(int) ? $"a whole number, at most {int.MaxValue.ToString(CultureInfo.InvariantCulture)}"
            : plain == typeof(long) ? $"a whole number, at most {long.MaxValue.ToString(CultureInfo.InvariantCulture)}"
            : "a text";
    }

    /// <summary>Reads a value; <see langword="false"/> when it is none of the type, or empty where that is no value.</summary>
    public static bool TryRead(Type type, string? text, out object? value)
    {
        var plain = Plain(type);
        value = null;
        if (plain == typeof(string))
        {
            value = text;
            return text is not null;
        }

        // As with the platform's binder: an empty value is none where there may be none, and not set elsewhere.
        if (string.IsNullOrWhiteSpace(text))
        {
            return plain != type;
        }

        var isRead = plain.IsEnum ? Enum.TryParse(plain, text, ignoreCase: true, out value) && char.IsAsciiLetter(text.Trim()[0])
            : plain == typeof(bool) ? Put(bool.TryParse(text, out var flag), flag, out value)
            : plain == typeof(int) ? Put(int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number), number, out value)
            : plain == typeof(long) ? Put(long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var large), large, out value)
            : plain == typeof(double) ? Put(double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real), real, out value)
            : TryReadTime(text, out value);
        return isRead;
    }

    /// <summary>A value for the log. What is secret is not shown.</summary>
    public static string Show(string name, object? value) => value switch
    {
        null => "none",
        _ when name.EndsWith("Password", StringComparison.Ordinal) => "(secret)",
        string text => $"'{text}'",
        IList<string> texts => texts.Count == 0 ? "none" : string.Join(", ", texts),
        IDictionary<string, WireDialect> dialects => dialects.Count == 0 ? "none"
            : string.Join(", ", dialects.OrderBy(static entry => entry.Key, StringComparer.Ordinal).Select(static entry => $"{entry.Key} {entry.Value}")),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>Whether two values of one option are the same.</summary>
    public static bool AreSame(object? left, object? right) => (left, right) switch
    {
        (IList<string> some, IList<string> others) => some.SequenceEqual(others, StringComparer.Ordinal),
        (IDictionary<string, WireDialect> some, IDictionary<string, WireDialect> others) => some.Count == others.Count && !some.Except(others).Any(),
        _ => Equals(left, right),
    };

    private static string Choice(string[] names) => $"{string.Join(", ", names[..^1])} or {names[^1]}";

    private static Type Plain(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    // A bare number would be so many days: whoever writes 30 means seconds, or milliseconds. And what is read without the format takes
    // 24:00:00 for 24 days, as the hours of a day end at 23.
    private static bool TryReadTime(string text, out object? value) =>
        Put(TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var time) && text.Contains(':', StringComparison.Ordinal), time, out value);

    private static bool Put(bool isRead, object read, out object? value)
    {
        value = isRead ? read : null;
        return isRead;
    }
}
