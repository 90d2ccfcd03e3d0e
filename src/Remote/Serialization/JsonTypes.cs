using System.Diagnostics.CodeAnalysis;

namespace Remote;

/// <summary>Judges the names of .NET types that JSON messages of other nodes carry.</summary>
internal sealed class JsonTypes(JsonTypePolicy policy, IEnumerable<Type> registered, JsonFormat format)
{
    /// <summary>Longer than any name that a compiler has written.</summary>
    private const int MaxNameLength = 4096;

    private const string TooMany =
        "1,024 arrays and generic types were made by name already, and this would be another one; RemoteOptions.RegisteredJsonTypes can name it.";

    private readonly Type[] _registered = [.. registered];
    private readonly NamedTypes _named = new(
        new ConstructedTypes(), policy == JsonTypePolicy.Any ? static (name, _) => FindAny(name.AssemblyQualifiedName) : ApplicationTypes.FindSimple);

    private Dictionary<string, Type>? _byName;

    // Made at the first name: the derived types are those that the application's JSON options know.
    private Dictionary<string, Type> ByName => _byName ??= MakeByName();

    /// <summary>The type; null when the name is refused.</summary>
    internal Type? Find(string name, out string refusal)
    {
        refusal = Refusal;
        if (name.Length > MaxNameLength)
        {
            return null;
        }

        var isOneTooMany = false;
        var plain = AssemblyQualifiedName.WithoutVersions(name);
        var type = ByName.GetValueOrDefault(plain) ?? policy switch
        {
            JsonTypePolicy.Any when !name.Contains('[') => FindAny(name),
            JsonTypePolicy.Application or JsonTypePolicy.Any => _named.Find(name, out isOneTooMany),
            _ => null,
        };
        refusal = isOneTooMany ? TooMany : refusal;
        return type;
    }

    private string Refusal => policy switch
    {
        JsonTypePolicy.Application =>
            "RemoteOptions.JsonTypes is Application, and this is no type of the application's loaded assemblies; "
            + "RemoteOptions.RegisteredJsonTypes can name it.",
        JsonTypePolicy.Registered =>
            "RemoteOptions.JsonTypes is Registered, and RemoteOptions.RegisteredJsonTypes does not name this type.",
        _ => "There is no such type.",
    };

    [UnconditionalSuppressMessage("Trimming", "IL2057", Justification = Trimming.TypesByName)]
    private static Type? FindAny(string name)
    {
        try
        {
#pragma warning disable RS0030 // The application has asked for it: JsonTypePolicy.Any.
            return Type.GetType(name, throwOnError: false);
#pragma warning restore RS0030
        }
        catch (Exception error) when (error is ArgumentException or IOException or BadImageFormatException or TypeLoadException)
        {
            // A name that is none, or an assembly that cannot be loaded.
            return null;
        }
    }

    private Dictionary<string, Type> MakeByName()
    {
        var byName = new Dictionary<string, Type>(StringComparer.Ordinal);
        foreach (var type in _registered.SelectMany(WithDerived))
        {
            byName.TryAdd(AssemblyQualifiedName.Of(type), type);
        }

        return byName;
    }

    // Senders name the type that a message really has.
    private IEnumerable<Type> WithDerived(Type type)
    {
        var info = format.TypeInfo(type);
        return info.PolymorphismOptions is { } options ? [type, .. options.DerivedTypes.Select(derived => derived.DerivedType)] : [type];
    }
}
