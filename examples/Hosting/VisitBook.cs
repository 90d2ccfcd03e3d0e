using System.Collections.Concurrent;

namespace Hosting;

/// <summary>A service of the application, like any other: counts who came how often. Thread-safe.</summary>
internal sealed class VisitBook
{
    private readonly ConcurrentDictionary<string, int> _visits = new(StringComparer.OrdinalIgnoreCase);

    public int Enter(string name) => _visits.AddOrUpdate(name, 1, static (_, times) => times + 1);
}
