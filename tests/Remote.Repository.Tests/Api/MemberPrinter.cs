using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Remote.Repository.Tests;

/// <summary>One member as one line; null for what users cannot see or never name.</summary>
internal static class MemberPrinter
{
    private static readonly NullabilityInfoContext Nullability = new();

    /// <summary>What the compiler writes for records; the type's own lines tell the rest.</summary>
    private static readonly string[] OfRecords = ["<Clone>$", "EqualityContract", "PrintMembers"];

    public static string? TryPrint(MemberInfo member) => OfRecords.Contains(member.Name)
        ? null
        : member switch
        {
            FieldInfo field when IsVisible(field) => Field(field),
            PropertyInfo property when Accessors(property).Length > 0 => Property(property),
            EventInfo happening when happening.AddMethod is { } add && IsVisible(add) =>
                $"{Modifiers(add)}event {TypeNames.Of(happening.EventHandlerType!, Nullability.Create(happening))} {happening.Name}",
            ConstructorInfo constructor when IsVisible(constructor) && !constructor.IsStatic =>
                $"{Access(constructor)}ctor({Parameters(constructor)})",
            MethodInfo { IsSpecialName: true } method when !method.Name.StartsWith("op_", StringComparison.Ordinal) => null,
            MethodInfo method when IsVisible(method) => Method(method),
            _ => null,
        };

    public static string Method(MethodInfo method)
    {
        var generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(one => one.Name))}>" : "";
        var extension = method.IsDefined(typeof(ExtensionAttribute), false) ? "this " : "";
        var returns = TypeNames.Of(method.ReturnType, Nullability.Create(method.ReturnParameter));
        var byRef = method.ReturnType.IsByRef ? "ref " : "";
        return $"{Modifiers(method)}{byRef}{returns} {method.Name}{generic}({extension}{Parameters(method)}){ApiPrinter.Constraints(method.GetGenericArguments())}";
    }

    private static string Field(FieldInfo field)
    {
        var type = TypeNames.Of(field.FieldType, Nullability.Create(field));
        if (field.IsLiteral)
        {
            return $"const {type} {field.Name} = {Value(field.GetRawConstantValue())}";
        }

        return $"{(field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}{type} {field.Name}";
    }

    private static string Property(PropertyInfo property)
    {
        var accessors = Accessors(property);
        var index = property.GetIndexParameters() is { Length: > 0 } parameters ? $"[{string.Join(", ", parameters.Select(Parameter))}]" : "";
        var required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        var type = TypeNames.Of(property.PropertyType, Nullability.Create(property));
        var list = string.Concat(accessors.Select(accessor => AccessorName(property, accessor) + "; "));
        return $"{Modifiers(accessors[0])}{required}{type} {property.Name}{index} {{ {list}}}";
    }

    private static MethodInfo[] Accessors(PropertyInfo property) => [.. property.GetAccessors(nonPublic: true).Where(IsVisible)];

    private static string AccessorName(PropertyInfo property, MethodInfo accessor)
    {
        if (accessor == property.GetMethod)
        {
            return "get";
        }

        var isInit = accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));
        return isInit ? "init" : "set";
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        var by = parameter switch
        {
            { ParameterType.IsByRef: true, IsOut: true } => "out ",
            { ParameterType.IsByRef: true, IsIn: true } => "in ",
            { ParameterType.IsByRef: true } => "ref ",
            _ when parameter.IsDefined(typeof(ParamArrayAttribute)) => "params ",
            _ => "",
        };
        var value = parameter.HasDefaultValue ? $" = {Value(parameter.DefaultValue)}" : "";
        return $"{by}{TypeNames.Of(parameter.ParameterType, Nullability.Create(parameter))} {parameter.Name}{value}";
    }

    private static string Value(object? value) => value switch
    {
        null => "default",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Modifiers(MethodInfo method)
    {
        var kind = method switch
        {
            { Name: "Invoke" } when method.DeclaringType!.IsSubclassOf(typeof(Delegate)) => "",
            { IsStatic: true } => "static ",
            { DeclaringType.IsInterface: true } => method.IsAbstract ? "" : "virtual ",
            { IsAbstract: true } => "abstract ",
            _ when method.GetBaseDefinition() != method => "override ",
            { IsVirtual: true, IsFinal: false } => "virtual ",
            _ => "",
        };
        return Access(method) + kind;
    }

    private static string Access(MethodBase method) => method.IsPublic ? "" : "protected ";

    private static bool IsVisible(FieldInfo field) => field.IsPublic || IsForHeirs(field.IsFamily || field.IsFamilyOrAssembly, field);

    private static bool IsVisible(MethodBase method) => method.IsPublic || IsForHeirs(method.IsFamily || method.IsFamilyOrAssembly, method);

    /// <summary>Protected members count where somebody outside can derive.</summary>
    private static bool IsForHeirs(bool isProtected, MemberInfo member) => isProtected && !member.DeclaringType!.IsSealed;
}
