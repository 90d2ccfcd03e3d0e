using System.Reflection;

namespace Remote.Repository.Tests;

/// <summary>Type names as one writes them in C#, with nullability.</summary>
internal static class TypeNames
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(char)] = "char",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
    };

    /// <summary>With the type's parameters in angle brackets and the names of the types around it.</summary>
    public static string Of(Type type, NullabilityInfo? nullability = null)
    {
        if (type.IsByRef)
        {
            return Of(type.GetElementType()!, nullability?.ElementType ?? nullability);
        }

        if (type.IsArray)
        {
            return Of(type.GetElementType()!, nullability?.ElementType) + "[]" + Mark(nullability);
        }

        if (Nullable.GetUnderlyingType(type) is { } value)
        {
            return Of(value) + "?";
        }

        if (type.IsGenericParameter)
        {
            // An unconstrained parameter always counts as nullable; a mark would say nothing.
            return type.Name;
        }

        var name = Keywords.GetValueOrDefault(type) ?? Qualified(type, nullability);
        return type.IsValueType ? name : name + Mark(nullability);
    }

    private static string Mark(NullabilityInfo? nullability) =>
        nullability?.ReadState == NullabilityState.Nullable || (nullability is { ReadState: NullabilityState.Unknown, WriteState: NullabilityState.Nullable }) ? "?" : "";

    private static string Qualified(Type type, NullabilityInfo? nullability)
    {
        var arguments = type.GetGenericArguments();
        var argumentNullability = nullability?.GenericTypeArguments ?? [];
        var taken = 0;
        var parts = Around(type).Select(part =>
        {
            var own = part.GetGenericArguments().Length - taken;
            var from = taken;
            taken += own;
            return own == 0
                ? part.Name
                : $"{part.Name.Split('`')[0]}<{string.Join(", ", Enumerable.Range(from, own).Select(Argument))}>";
        });
        // The generated classes share names with ours.
        var prefix = type.Namespace == "Remote.Protocol" ? "Protocol." : "";
        return prefix + string.Join('.', parts);

        string Argument(int index) => Of(arguments[index], index < argumentNullability.Length ? argumentNullability[index] : null);
    }

    private static IEnumerable<Type> Around(Type type) =>
        type.DeclaringType is { } outer ? Around(outer).Append(type) : [type];
}
