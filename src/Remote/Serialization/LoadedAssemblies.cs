using System.Reflection;
using System.Runtime.Loader;

namespace Remote;

/// <summary>
/// The assemblies of the application that this process has loaded. Nothing is loaded here. Thread-safe.
/// </summary>
internal static class LoadedAssemblies
{
    // By their keys, and so wherever they lie: a self-contained application has the framework beside itself, a single file in itself.
    private static readonly HashSet<string> FrameworkKeys = new(StringComparer.OrdinalIgnoreCase)
    {
        "b77a5c561934e089", "b03f5f7f11d50a3a", "7cec85d7bea7798e", "cc7b13ffcd2ddd51", "31bf3856ad364e35", "adb9793829ddae60",
    };

    private static readonly string[] ForeignNames = ["System", "Microsoft", "mscorlib", "netstandard", "Proto", "Google", "Grpc"];

    private static int _loads;
    private static Snapshot? _snapshot;

    static LoadedAssemblies() => AppDomain.CurrentDomain.AssemblyLoad += (_, _) => Interlocked.Increment(ref _loads);

    /// <summary>Changes with each assembly that is loaded: what was not found before is worth another look.</summary>
    internal static int Version => Volatile.Read(ref _loads);

    /// <summary>An assembly of the application, by its name without version; null when there is none or it is not loaded.</summary>
    internal static Assembly? FindOfApplication(string name)
    {
        var version = Version;
        var snapshot = Volatile.Read(ref _snapshot);
        if (snapshot is null || snapshot.Version != version)
        {
            snapshot = new Snapshot(version, Collect());
            Volatile.Write(ref _snapshot, snapshot);
        }

        return snapshot.ByName.GetValueOrDefault(name);
    }

    /// <summary>
    /// Whether it belongs to the application: it has no key of .NET, and its name begins with none of .NET, Proto.Actor, protobuf or gRPC.
    /// </summary>
    internal static bool IsOfApplication(Assembly assembly) =>
        !assembly.IsDynamic && assembly != typeof(LoadedAssemblies).Assembly && IsOfApplication(assembly.GetName());

    internal static bool IsOfApplication(AssemblyName name) =>
        !FrameworkKeys.Contains(Convert.ToHexString(name.GetPublicKeyToken() ?? [])) && !IsForeign(name.Name ?? "");

    private static bool IsForeign(string name) => Array.Exists(ForeignNames, foreign =>
        name.StartsWith(foreign, StringComparison.OrdinalIgnoreCase) && (name.Length == foreign.Length || name[foreign.Length] == '.'));

    private static Dictionary<string, Assembly> Collect()
    {
        var byName = new Dictionary<string, Assembly>(StringComparer.OrdinalIgnoreCase);

        // Plug-ins may load the same assembly again; the application's own comes first.
        var loaded = AssemblyLoadContext.Default.Assemblies.Concat(AppDomain.CurrentDomain.GetAssemblies());
        foreach (var assembly in loaded.Where(IsOfApplication))
        {
            byName.TryAdd(assembly.GetName().Name!, assembly);
        }

        return byName;
    }

    private sealed record Snapshot(int Version, Dictionary<string, Assembly> ByName);
}
