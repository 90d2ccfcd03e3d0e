using System.Reflection;

namespace Remote.Repository.Tests;

/// <summary>Types and members by the names documents use: ours, and those of Proto.Actor and Proto.Remote.</summary>
internal static class OurTypes
{
    private const BindingFlags Everything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    /// <summary>Ours, and the public ones of the packages that users of Remote see every day.</summary>
    private static readonly ILookup<string, Type> ByName = RepositoryFiles.SourceProjects
        .SelectMany(project => RepositoryFiles.Load(project).GetTypes())
        .Where(type => type.Namespace?.StartsWith("Remote", StringComparison.Ordinal) == true)
        .Concat(typeof(Proto.PID).Assembly.GetExportedTypes())
        .Concat(typeof(Proto.Remote.IRemote).Assembly.GetExportedTypes())
        .ToLookup(type => type.Name.Split('`')[0], StringComparer.Ordinal);

    private static readonly ILookup<string, Type> WithNamespace = ByName.SelectMany(group => group)
        .ToLookup(type => $"{type.Namespace}.{type.Name.Split('`')[0]}", StringComparer.Ordinal);

    /// <summary>A type, a type with its namespace, a member of a type, a namespace, or an extension method.</summary>
    public static bool Exists(string name)
    {
        name = WithoutDecoration(name);
        if (ByName.Contains(name) || WithNamespace.Contains(name) || WithNamespace.Any(type => type.Key.StartsWith(name + ".", StringComparison.Ordinal)))
        {
            return true;
        }

        var dot = name.LastIndexOf('.');
        if (dot < 0)
        {
            return ByName.SelectMany(group => group).Any(type => type is { IsAbstract: true, IsSealed: true } && type.GetMember(name, Everything).Length > 0);
        }

        var (owner, member) = (name[..dot], name[(dot + 1)..]);
        return owner == "Remote.Protocol"
            ? ByName[member].Any(type => type.Namespace == owner)
            : ByName[owner].Concat(WithNamespace[owner]).Any(type => HasMember(type, member));
    }

    private static bool HasMember(Type type, string member) =>
        type.GetMember(member, Everything).Length > 0 || type.GetInterfaces().Any(one => one.GetMember(member, Everything).Length > 0);

    private static string WithoutDecoration(string name)
    {
        var text = name.Replace("()", "", StringComparison.Ordinal);
        while (text.IndexOf('<', StringComparison.Ordinal) is >= 0 and var from)
        {
            text = text.Remove(from, text.IndexOf('>', from) - from + 1);
        }

        return text;
    }
}
