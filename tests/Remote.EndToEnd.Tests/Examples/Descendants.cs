using System.Diagnostics;
using System.Globalization;

namespace Remote.EndToEnd.Tests;

/// <summary>The processes that a process has started, and those that these have started, as Linux knows them.</summary>
internal static class Descendants
{
    /// <summary>Those that live at this moment.</summary>
    public static IReadOnlyList<Process> Of(int processId)
    {
        var children = Directory.GetDirectories("/proc")
            .Select(Path.GetFileName)
            .Where(name => int.TryParse(name, CultureInfo.InvariantCulture, out _))
            .Select(name => (Id: int.Parse(name!, CultureInfo.InvariantCulture), Parent: ParentOf(name!)))
            .ToLookup(process => process.Parent, process => process.Id);
        List<Process> found = [];
        Add(processId);
        return found;

        void Add(int parent)
        {
            foreach (var child in children[parent])
            {
                if (TryOpen(child) is { } process)
                {
                    found.Add(process);
                }

                Add(child);
            }
        }
    }

    private static int? ParentOf(string processId)
    {
        try
        {
            // "id (name) state parent ...", where the name may hold anything.
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static Process? TryOpen(int processId)
    {
        try
        {
            return Process.GetProcessById(processId);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
