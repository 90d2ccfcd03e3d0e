using System.Globalization;

namespace Remote.LoadTest;

/// <summary>Resident memory of this process, as the kernel counts it.</summary>
internal static class Memory
{
    public static double ResidentMiB => Read("VmRSS:");

    /// <summary>The most there ever was.</summary>
    public static double PeakMiB => Read("VmHWM:");

    private static double Read(string field)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return Math.Round(double.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024, 1);
    }
}
