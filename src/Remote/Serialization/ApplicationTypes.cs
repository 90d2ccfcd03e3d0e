using System.Diagnostics.CodeAnalysis;
using System.Reflection.Metadata;

namespace Remote;

/// <summary>
/// Finds types of the application by the names that .NET peers write, in the assemblies that are loaded: a name never reaches Type.GetType,
/// which would load what it names.
/// </summary>
internal static class ApplicationTypes
{
    /// <summary>What may stand as an argument in a generic type of the application: it holds values and does nothing.</summary>
    private static readonly Dictionary<string, Type> Arguments = new[]
    {
        typeof(bool), typeof(char), typeof(string), typeof(sbyte), typeof(byte), typeof(short), typeof(ushort), typeof(int), typeof(uint),
        typeof(long), typeof(ulong), typeof(Int128), typeof(UInt128), typeof(Half), typeof(float), typeof(double), typeof(decimal),
        typeof(Guid), typeof(DateTime), typeof(DateTimeOffset), typeof(DateOnly), typeof(TimeOnly), typeof(TimeSpan), typeof(Nullable<>),
        typeof(List<>), typeof(Dictionary<,>), typeof(HashSet<>), typeof(SortedDictionary<,>), typeof(SortedSet<>), typeof(Queue<>),
        typeof(Stack<>), typeof(LinkedList<>), typeof(KeyValuePair<,>), typeof(IEnumerable<>), typeof(ICollection<>), typeof(IList<>),
        typeof(ISet<>), typeof(IDictionary<,>), typeof(IReadOnlyCollection<>), typeof(IReadOnlyList<>), typeof(IReadOnlySet<>),
        typeof(IReadOnlyDictionary<,>),
    }.ToDictionary(type => type.FullName!, StringComparer.Ordinal);

    /// <summary>A type that is there; null when it is not of the application, or not loaded.</summary>
    /// <param name="name">The name of a type that need not be made.</param>
    /// <param name="isArgument">Whether it is to stand as an argument of a generic type.</param>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = Trimming.TypesByName)]
    internal static Type? FindSimple(TypeName name, bool isArgument)
    {
        if (isArgument && Arguments.TryGetValue(name.FullName, out var argument))
        {
            return argument;
        }

        // A type that was moved is found where it is now, and that has to be the application's too.
        return name.AssemblyName is { } assembly
            && LoadedAssemblies.FindOfApplication(assembly.Name)?.GetType(name.FullName, throwOnError: false) is { } type
            && LoadedAssemblies.IsOfApplication(type.Assembly)
                ? type
                : null;
    }
}
