using System.Diagnostics.CodeAnalysis;
using System.Reflection.Metadata;

namespace Remote;

/// <summary>
/// Finds types by the names that .NET peers write. The name is taken apart here, and each part is looked up as the policy wants it; arrays and
/// generic types are made of the parts, and counted as what they are. Thread-safe.
/// </summary>
/// <param name="constructed">What was made.</param>
/// <param name="findSimple">Finds a type that need not be made; it is told whether that is to be an argument of a generic one.</param>
internal sealed class NamedTypes(ConstructedTypes constructed, Func<TypeName, bool, Type?> findSimple)
{
    /// <summary>A type with all its arguments; more is no message.</summary>
    private const int MaxNodes = 32;

    private static readonly TypeNameParseOptions Options = new() { MaxNodes = MaxNodes };

    /// <summary>The type, or null: a part of it is not there, the text is no name, or it would be one more than may be made.</summary>
    internal Type? Find(string name, out bool isOneTooMany)
    {
        isOneTooMany = false;
        return TypeName.TryParse(name, out var parsed, Options) && AreThere(parsed, isArgument: false)
            ? Make(parsed, isArgument: false, ref isOneTooMany)
            : null;
    }

    /// <summary>Whether all that the name is made of may be named, and fits together. Makes nothing: what the runtime has made it keeps.</summary>
    private bool AreThere(TypeName name, bool isArgument)
    {
        if (name.IsSZArray)
        {
            return AreThere(name.GetElementType(), isArgument);
        }

        if (name.IsConstructedGenericType)
        {
            var arguments = name.GetGenericArguments();
            return findSimple(name.GetGenericTypeDefinition(), isArgument) is { IsGenericTypeDefinition: true } definition
                && definition.GetGenericArguments().Length == arguments.Length
                && arguments.All(argument => AreThere(argument, isArgument: true));
        }

        return name.IsSimple && findSimple(name, isArgument) is { ContainsGenericParameters: false };
    }

    private Type? Make(TypeName name, bool isArgument, ref bool isOneTooMany)
    {
        try
        {
            return name.IsSZArray ? MakeArray(name, isArgument, ref isOneTooMany)
                : name.IsConstructedGenericType ? MakeGeneric(name, isArgument, ref isOneTooMany)
                : findSimple(name, isArgument);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or TypeLoadException)
        {
            // An argument breaks a constraint, or there can be no array of it. It counts all the same: nobody says what the runtime keeps of it.
            return null;
        }
    }

    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = Trimming.TypesByName)]
    private Type? MakeArray(TypeName name, bool isArgument, ref bool isOneTooMany)
    {
        if (Make(name.GetElementType(), isArgument, ref isOneTooMany) is not { } element)
        {
            return null;
        }

        isOneTooMany = !constructed.TryCount(element);
        return isOneTooMany ? null : element.MakeArrayType();
    }

    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = Trimming.TypesByName)]
    [UnconditionalSuppressMessage("Trimming", "IL2055", Justification = Trimming.TypesByName)]
    private Type? MakeGeneric(TypeName name, bool isArgument, ref bool isOneTooMany)
    {
        var arguments = new List<Type>();
        foreach (var argument in name.GetGenericArguments())
        {
            if (Make(argument, isArgument: true, ref isOneTooMany) is not { } type)
            {
                return null;
            }

            arguments.Add(type);
        }

        if (findSimple(name.GetGenericTypeDefinition(), isArgument) is not { } definition)
        {
            return null;
        }

        isOneTooMany = !constructed.TryCount(definition, [.. arguments]);
        return isOneTooMany ? null : definition.MakeGenericType([.. arguments]);
    }
}
