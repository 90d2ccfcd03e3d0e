using System.Diagnostics.CodeAnalysis;
using System.Reflection.Metadata;

namespace Remote;

/// <summary>
/// Finds types of the application by the names that .NET peers write. The name is taken apart here, and each part is looked up in the
/// assemblies that are loaded: it never reaches Type.GetType, which would load what it names.
/// </summary>
internal static class ApplicationTypes
{
    /// <summary>A type with all its arguments; more is no message.</summary>
    private const int MaxNodes = 32;

    private static readonly TypeNameParseOptions Options = new() { MaxNodes = MaxNodes };

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

    /// <summary>The type, or null: it is not of the application, not loaded, or the text is no name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="mayConstruct">Asked before an array or a generic type is made of types that are there.</param>
    internal static Type? Find(string name, Func<bool> mayConstruct) =>
        TypeName.TryParse(name, out var parsed, Options)
        && AreThere(parsed, isArgument: false)
        && (parsed.IsSimple || mayConstruct())
        && Find(parsed, isArgument: false) is { ContainsGenericParameters: false } type
            ? type
            : null;

    /// <summary>Whether all that the name is made of may be named. Makes nothing: what the runtime has made it keeps.</summary>
    private static bool AreThere(TypeName name, bool isArgument) =>
        name.IsSZArray ? AreThere(name.GetElementType(), isArgument)
        : name.IsConstructedGenericType
            ? AreThere(name.GetGenericTypeDefinition(), isArgument) && name.GetGenericArguments().All(argument => AreThere(argument, isArgument: true))
        : name.IsSimple && FindSimple(name, isArgument) is not null;

    private static Type? Find(TypeName name, bool isArgument) =>
        name.IsSZArray ? FindArray(name, isArgument)
        : name.IsConstructedGenericType ? FindGeneric(name, isArgument)
        : name.IsSimple ? FindSimple(name, isArgument)
        : null;

    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = Trimming.TypesByName)]
    private static Type? FindArray(TypeName name, bool isArgument) => Find(name.GetElementType(), isArgument)?.MakeArrayType();

    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = Trimming.TypesByName)]
    [UnconditionalSuppressMessage("Trimming", "IL2055", Justification = Trimming.TypesByName)]
    private static Type? FindGeneric(TypeName name, bool isArgument)
    {
        var definition = Find(name.GetGenericTypeDefinition(), isArgument);
        var arguments = name.GetGenericArguments().Select(argument => Find(argument, isArgument: true)).ToArray();
        if (definition is null || arguments.Contains(null))
        {
            return null;
        }

        try
        {
            return definition.MakeGenericType(arguments!);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            // Another number of arguments than it has, one that breaks a constraint, or no generic type at all.
            return null;
        }
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = Trimming.TypesByName)]
    private static Type? FindSimple(TypeName name, bool isArgument)
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
