using System.Runtime;
using System.Runtime.InteropServices;

namespace Remote.LoadTest;

/// <summary>What the figures were measured on.</summary>
internal static class Machine
{
    public static IReadOnlyList<(string Name, string Value)> Describe() =>
    [
        ("cores", Environment.ProcessorCount.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ("processor", Field("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString()),
        ("memory", Field("/proc/meminfo", "MemTotal") ?? "unknown"),
        ("system", RuntimeInformation.OSDescription),
        (".NET", RuntimeInformation.FrameworkDescription + ", " + RuntimeInformation.RuntimeIdentifier),
        ("collector", $"{(GCSettings.IsServerGC ? "server" : "workstation")}, {(GCSettings.LatencyMode == GCLatencyMode.Batch ? "not concurrent" : "concurrent")}"),
        ("compiler", "tiered compilation with PGO, the defaults"),
        ("measured", DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", System.Globalization.CultureInfo.InvariantCulture)),
    ];

    private static string? Field(string file, string name) =>
        File.Exists(file)
            ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            : null;
}
