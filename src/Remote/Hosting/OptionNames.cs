using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Remote;

/// <summary>The options that configuration can set, by their names. Found by reflection, at the start and when configuration is read again.</summary>
internal static class OptionNames
{
    private const int MaxNameLength = 100;

    /// <summary>The options of a class, and the classes of options in it.</summary>
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(RemoteOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(RemoteSection))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(RemoteSection.WriterSection))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(EndpointOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(BackpressureOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(ReconnectOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(HeartbeatOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(LinkOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(InboundOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(BlockListOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(BlockedPeer))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(DiagnosticsOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(AccessOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(LogThrottleOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(AdministrationOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(TransportOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(TlsOptions))]
    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Every class of options is named above; OptionNamesTests looks whether one is missing.")]
    public static IEnumerable<PropertyInfo> Of(Type type) => type.GetProperties(BindingFlags.Instance | BindingFlags.Public);

    /// <summary>Whether it is a class with options of its own.</summary>
    public static bool IsGroup(PropertyInfo property) =>
        property.PropertyType.IsClass && property.PropertyType.Namespace == typeof(RemoteOptions).Namespace && property.PropertyType != typeof(RemoteHooks);

    /// <summary>Whether only code can set it: hooks and types are no plain values.</summary>
    public static bool IsCode(PropertyInfo property) =>
        property.PropertyType == typeof(RemoteHooks) || property.PropertyType == typeof(ICollection<Type>);

    /// <summary>
    /// Whether an option is a text that there may be none of. By name, because what the compiler knows about it is not kept in a program that is trimmed;
    /// OptionNamesTests compares the two.
    /// </summary>
    public static bool IsTextOrNone(PropertyInfo property) =>
        property.PropertyType == typeof(string) && !(property.DeclaringType == typeof(BlockedPeer) && property.Name == nameof(BlockedPeer.Reason));

    /// <summary>Every option below some objects, by its whole name, such as <c>Endpoint.QueueCapacity</c>.</summary>
    public static IEnumerable<(string Name, PropertyInfo Property, object Owner)> All(params object[] owners) => owners.SelectMany(owner => All("", owner));

    /// <summary>The option that was meant by a name that is none; <see langword="null"/> when none is near.</summary>
    /// <param name="name">The whole name.</param>
    /// <param name="owners">Where it might be.</param>
    public static string? Nearest(string name, params object[] owners)
    {
        if (name.Length > MaxNameLength)
        {
            return null;
        }

        // Whoever leaves out a class of options, or puts one too many in front, has the last part right.
        var last = Last(name);
        return All(owners)
            .SelectMany(option => Prefixes(option.Name))
            .Distinct(StringComparer.Ordinal)
            .Select(known => (Name: known, Distance: Math.Min(Distance(name, known), Distance(last, Last(known)) + (Distance(last, Last(known)) == 0 ? 1 : 3))))
            .Where(near => near.Distance <= Math.Max(2, last.Length / 3))
            .OrderBy(near => near.Distance)
            .ThenBy(near => Distance(name, near.Name))
            .Select(near => near.Name)
            .FirstOrDefault();
    }

    private static IEnumerable<(string Name, PropertyInfo Property, object Owner)> All(string prefix, object owner)
    {
        foreach (var property in Of(owner.GetType()).Where(property => !IsCode(property)))
        {
            if (!IsGroup(property))
            {
                yield return (prefix + property.Name, property, owner);
            }
            else if (property.GetValue(owner) is { } group)
            {
                foreach (var option in All($"{prefix}{property.Name}.", group))
                {
                    yield return option;
                }
            }
        }
    }

    /// <summary>An option, and the class of options that it is in.</summary>
    private static IEnumerable<string> Prefixes(string name)
    {
        yield return name;
        if (name.LastIndexOf('.') is > 0 and var dot)
        {
            yield return name[..dot];
        }
    }

    private static string Last(string name) => name[(name.LastIndexOf('.') + 1)..];

    /// <summary>How many letters have to be changed, put in, taken out or swapped with their neighbour; case does not count.</summary>
    private static int Distance(string left, string right)
    {
        var rows = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            for (var j = 0; j <= right.Length; j++)
            {
                rows[i, j] = i == 0 || j == 0 ? i + j : Step(rows, left, right, i, j);
            }
        }

        return rows[left.Length, right.Length];
    }

    private static int Step(int[,] rows, string left, string right, int i, int j)
    {
        var changed = rows[i - 1, j - 1] + (Same(left[i - 1], right[j - 1]) ? 0 : 1);
        var best = Math.Min(changed, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
        var isSwapped = i > 1 && j > 1 && Same(left[i - 1], right[j - 2]) && Same(left[i - 2], right[j - 1]);
        return isSwapped ? Math.Min(best, rows[i - 2, j - 2] + 1) : best;
    }

    private static bool Same(char left, char right) => char.ToUpperInvariant(left) == char.ToUpperInvariant(right);
}
