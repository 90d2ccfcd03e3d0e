using System.Globalization;

namespace Remote;

/// <summary>
/// Counts the arrays and generic types that are made because a name from the network asks for them. The runtime keeps each for ever, and out of
/// two types of an application there can be made as many as there are names. Thread-safe.
/// </summary>
internal sealed class ConstructedTypes
{
    /// <summary>More than an application sends; a type costs a few kilobytes with what its serializer knows of it.</summary>
    internal const int Max = 1024;

    private readonly Lock _gate = new();
    private readonly HashSet<string> _made = new(StringComparer.Ordinal);

    /// <summary>
    /// Whether the generic type with these arguments, or without any the array of the type, was made before or may be made now. It goes by the
    /// types and not by their names: one type can be written in endlessly many ways.
    /// </summary>
    internal bool TryCount(Type type, params ReadOnlySpan<Type> arguments)
    {
        // The runtime's own number of a type: short, and the same for as long as the type is there.
        var key = Number(type);
        foreach (var argument in arguments)
        {
            key = $"{key} {Number(argument)}";
        }

        lock (_gate)
        {
            return _made.Contains(key) || (_made.Count < Max && _made.Add(key));
        }
    }

    private static string Number(Type type) => type.TypeHandle.Value.ToString("x", CultureInfo.InvariantCulture);
}
