using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Remote;

/// <summary>
/// Generic types that were made because a name on the wire asked for them. The runtime keeps each for ever, and out of one generic message and a
/// few collections names can be made without end: so many are made, and no more. Thread-safe.
/// </summary>
internal sealed class ConstructedTypes(int most)
{
    private readonly ConcurrentDictionary<string, Type?> _made = new(StringComparer.Ordinal);

    /// <summary>The type; <see langword="null"/> when the arguments do not fit, or too many others were made.</summary>
    public Type? Make(Type definition, Type[] arguments)
    {
        // By the types and not by their names, of which each has many.
        var key = string.Join(',', arguments.Prepend(definition).Select(static type => type.TypeHandle.Value));
        return _made.TryGetValue(key, out var known) ? known
            : _made.Count >= most ? null
            : _made.GetOrAdd(key, Construct(definition, arguments));
    }

    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = Trimming.TypesByName)]
    [UnconditionalSuppressMessage("Trimming", "IL2055", Justification = Trimming.TypesByName)]
    private static Type? Construct(Type definition, Type[] arguments)
    {
        try
        {
            return definition.MakeGenericType(arguments);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            // Another number of arguments than it has, one that breaks a constraint, or no generic type at all.
            return null;
        }
    }
}
