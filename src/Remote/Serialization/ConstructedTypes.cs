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
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Whether the type of this name, which is whole and without versions, has been made before or may be made now.</summary>
    internal bool TryAdd(string name)
    {
        lock (_gate)
        {
            return _names.Contains(name) || (_names.Count < Max && _names.Add(name));
        }
    }
}
