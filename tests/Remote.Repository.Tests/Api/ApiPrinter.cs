using System.Reflection;
using System.Text;

namespace Remote.Repository.Tests;

/// <summary>
/// Writes down what users of an assembly can see, one member a line, in an order that does not depend on the source, so that
/// a change of the public API is a change of a text file.
/// </summary>
internal static class ApiPrinter
{
    public static string Print(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetTypes().Where(type => type.IsVisible).OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Header(type)).Append('\n');
            foreach (var member in Members(type).OrderBy(member => member.Name, StringComparer.Ordinal).ThenBy(member => member.Line, StringComparer.Ordinal))
            {
                text.Append("    ").Append(member.Line).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Header(Type type)
    {
        var bases = new List<string>();
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) && parent != typeof(Enum) && !IsDelegate(type))
        {
            bases.Add(TypeNames.Of(parent));
        }

        if (type.IsEnum)
        {
            bases.Add(TypeNames.Of(Enum.GetUnderlyingType(type)));
        }
        else if (IsMessage(type))
        {
            bases.Add("IMessage");
        }
        else if (!IsDelegate(type))
        {
            bases.AddRange(type.GetInterfaces().Where(one => one.IsVisible).Select(one => TypeNames.Of(one)).Order(StringComparer.Ordinal));
        }

        var inherits = bases.Count == 0 ? "" : " : " + string.Join(", ", bases);
        return $"{Kind(type)} {type.Namespace}.{TypeNames.Of(type).Replace("Protocol.", "", StringComparison.Ordinal)}{inherits}{Constraints(type.GetGenericArguments())}";
    }

    private static string Kind(Type type) => type switch
    {
        { IsEnum: true } => "enum",
        { IsInterface: true } => "interface",
        { IsValueType: true } => IsReadOnly(type) ? "readonly struct" : "struct",
        _ when IsDelegate(type) => "delegate",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static IEnumerable<(string Name, string Line)> Members(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetNames(type).Select(name => (name, $"{name} = {Convert.ToInt64(Enum.Parse(type, name), null)}"));
        }

        if (IsDelegate(type))
        {
            return [("Invoke", MemberPrinter.Method(type.GetMethod("Invoke")!))];
        }

        return type
            .GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(member => !IsMessage(type) || member is PropertyInfo)
            .Select(member => (member.Name, Line: MemberPrinter.TryPrint(member)))
            .Where(member => member.Line is not null)
            .Select(member => (member.Name, member.Line!));
    }

    /// <summary>Of a generated message the fields matter; the rest comes with every generated class.</summary>
    private static bool IsMessage(Type type) => type.GetInterface("Google.Protobuf.IMessage") is not null;

    public static string Constraints(Type[] parameters)
    {
        var clauses = parameters.Where(parameter => parameter.IsGenericParameter).Select(parameter =>
        {
            var flags = parameter.GenericParameterAttributes;
            var parts = new List<string>();
            if (flags.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint))
            {
                parts.Add("struct");
            }
            else if (flags.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
            {
                parts.Add("class");
            }

            parts.AddRange(parameter.GetGenericParameterConstraints().Where(one => one != typeof(ValueType)).Select(one => TypeNames.Of(one)));
            if (flags.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) && !parts.Contains("struct"))
            {
                parts.Add("new()");
            }

            return parts.Count == 0 ? "" : $" where {parameter.Name} : {string.Join(", ", parts)}";
        });
        return string.Concat(clauses);
    }

    private static bool IsDelegate(Type type) => type.IsSubclassOf(typeof(Delegate));

    private static bool IsReadOnly(Type type) =>
        type.CustomAttributes.Any(attribute => attribute.AttributeType.Name == "IsReadOnlyAttribute");
}
